//! Where token verification gets its facts from: identity's keys and revocations, and accounts' subtrees.

use std::sync::Arc;

use actix_http::Method;
use futures_util::future::LocalBoxFuture;
use jsonwebtoken::jwk::JwkSet;
use platform::authority::TrustSource;
use platform::peer::{self, PeerRequest};
use platform::problem::Problem;
use serde::Deserialize;
use uuid::Uuid;

use crate::http::HttpPeers;

/// Trust by HTTP.
pub struct HttpTrust {
    peers: Arc<HttpPeers>,
}

#[derive(Deserialize)]
struct Revocations {
    data: Vec<Uuid>,
}

#[derive(Deserialize)]
struct Descendants {
    data: Vec<Uuid>,
}

impl HttpTrust {
    #[must_use]
    pub fn new(peers: Arc<HttpPeers>) -> Self {
        Self { peers }
    }
}

impl TrustSource for HttpTrust {
    fn keys(&self) -> LocalBoxFuture<'_, Result<JwkSet, Problem>> {
        Box::pin(async move {
            let path = "/.well-known/jwks.json".to_owned();
            let request = PeerRequest { service: "identity", method: Method::GET, path, body: None, idempotency_key: None };
            let response = self.peers.call_public(request).await?;
            Ok(serde_json::from_slice(&response.body)?)
        })
    }

    fn revocations(&self) -> LocalBoxFuture<'_, Result<Vec<Uuid>, Problem>> {
        Box::pin(async move {
            let found: Option<Revocations> = peer::get(self.peers.as_ref(), "identity", "/v1/revocations".to_owned()).await?;
            Ok(found.map(|list| list.data).unwrap_or_default())
        })
    }

    fn subtree(&self, roots: Vec<Uuid>) -> LocalBoxFuture<'_, Result<Vec<Uuid>, Problem>> {
        Box::pin(async move {
            let mut accounts = Vec::new();
            for root in roots {
                let path = format!("/v1/accounts/{root}/descendants");
                let found: Option<Descendants> = peer::get(self.peers.as_ref(), "accounts", path).await?;
                accounts.extend(found.map(|list| list.data).unwrap_or_default());
            }
            accounts.sort_unstable();
            accounts.dedup();
            Ok(accounts)
        })
    }
}

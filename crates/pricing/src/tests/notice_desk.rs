//! A stand-in for the tickets service: it takes drafts of notices and tells what tests say became of them.

use std::sync::Mutex;

use actix_web::http::{Method, StatusCode};
use futures_util::future::LocalBoxFuture;
use kernel::id::new_uuid;
use platform::peer::{PeerRequest, PeerResponse};
use platform::problem::Problem;
use serde_json::{Value, json};
use uuid::Uuid;

/// The notices it has.
#[derive(Default)]
pub(crate) struct NoticeDesk {
    notices: Mutex<Vec<Value>>,
}

impl NoticeDesk {
    /// The drafts for an account, as they were sent.
    pub(crate) fn of(&self, account: Uuid) -> Vec<Value> {
        let notices = self.notices.lock().unwrap();
        notices.iter().filter(|notice| notice["account_id"] == json!(account)).cloned().collect()
    }

    /// Says what became of an account's latest notice.
    pub(crate) fn tell(&self, account: Uuid, state: &str, sent_at: Option<&str>) {
        let mut notices = self.notices.lock().unwrap();
        let notice = notices.iter_mut().rev().find(|notice| notice["account_id"] == json!(account)).unwrap();
        (notice["state"], notice["sent_at"]) = (json!(state), json!(sent_at));
    }

    pub(crate) fn answer(&self, request: &PeerRequest) -> LocalBoxFuture<'static, Result<PeerResponse, Problem>> {
        let mut notices = self.notices.lock().unwrap();
        let (status, body) = if request.method == Method::POST {
            let mut notice: Value = serde_json::from_slice(request.body.as_ref().unwrap()).unwrap();
            let more = json!({"id": new_uuid(), "state": "draft", "time_zone": "America/Chicago", "sent_at": null, "delivered_at": null});
            notice.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            notices.push(notice.clone());
            (StatusCode::CREATED, notice)
        } else {
            let (_, filter) = request.path.split_once("filter%5B").unwrap();
            let (field, value) = filter.split('&').next().unwrap().split_once("%5D=").unwrap();
            let found: Vec<Value> = notices.iter().filter(|notice| notice[field] == value).cloned().collect();
            (StatusCode::OK, json!({"data": found, "next_cursor": null}))
        };
        let body = serde_json::to_vec(&body).unwrap().into();
        Box::pin(async move { Ok(PeerResponse { status, body }) })
    }
}

//! Secrets of endpoints and the signatures made with them, by the Standard Webhooks specification.
//!
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::id::WebhookId;
use platform::config::Secret;
use sha2::Sha256;

/// The secrets of a deployment's endpoints: the same in every replica and kept nowhere.
#[derive(Clone)]
pub(crate) struct Secrets {
    deployment: Secret,
}

impl Secrets {
    pub(crate) const fn new(deployment: Secret) -> Self {
        Self { deployment }
    }

    fn bytes(&self, webhook: WebhookId, no: i32) -> [u8; 32] {
        self.deployment.derive(&format!("webhook:{webhook}:{no}"))
    }

    /// A secret as its owner is given it.
    pub(crate) fn text(&self, webhook: WebhookId, no: i32) -> String {
        format!("whsec_{}", STANDARD.encode(self.bytes(webhook, no)))
    }

    /// The header of a message: one signature by each secret.
    pub(crate) fn sign(&self, webhook: WebhookId, secrets: impl Iterator<Item = i32>, message: Message<'_>) -> String {
        secrets.map(|no| signature(&self.bytes(webhook, no), message)).collect::<Vec<_>>().join(" ")
    }
}

/// What is signed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message<'a> {
    pub(crate) id: &'a str,
    /// Seconds since 1970.
    pub(crate) timestamp: i64,
    pub(crate) body: &'a str,
}

fn signature(secret: &[u8], Message { id, timestamp, body }: Message<'_>) -> String {
    // A key of any length serves HMAC.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return String::new() };
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn a_signature_is_the_one_that_the_specification_publishes() {
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let message = Message { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: "{\"test\": 2432232314}" };
        assert_eq!(signature(&secret, message), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn each_secret_is_another_and_each_signs() {
        let secrets = Secrets::new(Secret::new("a deployment's secret of decent length"));
        let hook = WebhookId::generate();
        assert!(secrets.text(hook, 1) != secrets.text(hook, 2) && secrets.text(hook, 1) != secrets.text(WebhookId::generate(), 1));
        let message = Message { id: "1", timestamp: 1, body: "{}" };
        let both = secrets.sign(hook, [2, 1].into_iter(), message);
        assert_eq!(both.split(' ').collect::<Vec<_>>(), [2, 1].map(|no| secrets.sign(hook, std::iter::once(no), message)));
    }
}

//! A random walk over everything that moves receivables: whatever order things happen in, every invariant holds.

use serde_json::{Value, json};
use testkit::Answer;
use uuid::Uuid;

use super::world::World;

/// A small generator of its own, so that a failing walk can be walked again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn pick<'a>(&mut self, ids: &'a [Uuid]) -> Option<&'a Uuid> {
        let sides = u64::try_from(ids.len()).unwrap().max(1);
        ids.get(usize::try_from(self.roll(sides)).unwrap())
    }

    fn price(&mut self) -> String {
        format!("{}.{:04}", self.roll(400), self.roll(10_000))
    }
}

struct Walk {
    world: World,
    dice: Dice,
    invoices: Vec<Uuid>,
    payments: Vec<Uuid>,
    credits: Vec<Uuid>,
    committed: usize,
}

/// Either it is done or refused as a conflict or as not acceptable; never a failure of ours.
fn fair(answer: &Answer) -> bool {
    let status = answer.status.as_u16();
    assert!(matches!(status, 200 | 201 | 204 | 409 | 412 | 422), "{status} {}", answer.body);
    status < 300
}

impl Walk {
    async fn invoice(&mut self) {
        let count = 1 + self.dice.roll(4);
        let kinds = ["service", "product", "surcharge", "freight"];
        let mut lines = Vec::new();
        for index in 0..count {
            let quantity = format!("{}.{}", self.dice.roll(9), self.dice.roll(10));
            let kind = kinds[usize::try_from(index % 4).unwrap()];
            lines.push(json!({"kind": kind, "description": "Line", "quantity": quantity, "unit_price": self.dice.price(), "discount_rate": "0.015"}));
        }
        let rounding = if self.dice.roll(2) == 0 { "line" } else { "document" };
        let tax = json!({"mode": "computed", "rounding": rounding, "inclusive": self.dice.roll(3) == 0,
            "jurisdictions": [{"name": "state", "rate": "0.0625"}, {"name": "city", "rate": "0.02375"}]});
        let post = self.dice.roll(5) > 0;
        let answer = self.world.create_invoice(json!({"lines": lines, "tax": tax, "post": post})).await;
        if fair(&answer) {
            self.invoices.push(answer.id());
        }
    }

    async fn pay(&mut self) {
        let amount = format!("{}.{:02}", 1 + self.dice.roll(900), self.dice.roll(100));
        let mode = if self.dice.roll(4) == 0 { "none" } else { "auto" };
        let reference = format!("P{}", self.payments.len());
        let body = json!({"account_id": self.world.account, "currency": "USD", "method": "ach", "reference": reference,
            "received_on": "2026-03-01", "amount": amount, "application": {"mode": mode}});
        let answer = self.world.clerk.post("/v1/payments", body).await;
        if fair(&answer) {
            self.payments.push(answer.id());
        }
    }

    async fn credit(&mut self) {
        let Some(invoice) = self.dice.pick(&self.invoices).copied() else { return };
        let line = match self.dice.roll(3) {
            0 => json!({"line_no": 1}),
            1 => json!({"line_no": 1, "quantity": format!("0.{}", 1 + self.dice.roll(9))}),
            _ => json!({"line_no": 1, "amount": format!("{}.{:02}", self.dice.roll(50), self.dice.roll(100))}),
        };
        let reason = if self.dice.roll(2) == 0 { "goodwill" } else { "billing_error" };
        let body = json!({"invoice_id": invoice, "reason": reason, "lines": [line]});
        let answer = self.world.clerk.post("/v1/credit-memos", body).await;
        if fair(&answer) {
            self.credits.push(answer.id());
        }
    }

    async fn act(&mut self, noun: &str, step: &str, body: Value) {
        let ids = match noun {
            "invoices" => &self.invoices,
            "payments" => &self.payments,
            _ => &self.credits,
        };
        let Some(id) = self.dice.pick(ids) else { return };
        let answer = self.world.clerk.act(&format!("/v1/{noun}/{id}/{step}"), "*", body).await;
        self.committed += usize::from(fair(&answer));
    }

    async fn step(&mut self) {
        let reason = json!({"reason": "Walk"});
        match self.dice.roll(12) {
            0..=2 => self.invoice().await,
            3 | 4 => self.pay().await,
            5 | 6 => self.credit().await,
            7 => self.act("invoices", "post", json!({})).await,
            8 => self.act("invoices", "void", reason).await,
            9 => self.apply("payments", reason).await,
            10 => self.act("payments", "reverse", json!({"reason": "error"})).await,
            _ => self.apply("credit-memos", reason).await,
        }
    }

    /// Applies what is unapplied, or takes everything back.
    async fn apply(&mut self, noun: &str, reason: Value) {
        match self.dice.roll(2) {
            0 => self.act(noun, "apply", json!({})).await,
            _ => self.act(noun, "unapply", reason).await,
        }
    }
}

#[actix_web::test]
async fn every_invariant_holds_after_any_sequence() {
    for seed in [7, 1_871, 20_260_302] {
        let world = World::new().await;
        let mut walk = Walk { world, dice: Dice(seed), invoices: Vec::new(), payments: Vec::new(), credits: Vec::new(), committed: 0 };
        for round in 0..6 {
            for _ in 0..20 {
                walk.step().await;
            }
            walk.world.sound().await;
            assert!(round < 5 || walk.committed > 5, "the walk of seed {seed} went nowhere");
        }
        let aging = walk.world.clerk.get("/v1/reports/aging").await.expect(200);
        let known = walk.world.clerk.get("/v1/reports/aging?known_at=2026-12-31T00:00:00Z").await.expect(200);
        assert_eq!(aging.body["totals"], known.body["totals"]);
        walk.world.app.stop().await;
    }
}

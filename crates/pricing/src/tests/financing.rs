//! Renting, leasing and buying, compared over HTTP.

use serde_json::{Value, json};

use super::scene::Scene;

fn lease(months: u32, timing: &str) -> Value {
    json!({"kind": "lease", "equipment_cost": "18500", "residual": "2500.00", "apr": "0.09", "months": months, "timing": timing})
}

fn asked(months: u32, options: Value) -> Value {
    json!({"currency": "USD", "horizon_months": months, "value_at_horizon": "2500.00", "options": options})
}

#[actix_web::test]
async fn leases_are_scheduled_to_the_cent_and_compared_with_rent_and_purchase() {
    let scene = Scene::start().await;
    for (months, timing, payment, level_total) in
        [(36, "arrears", "527.55", 1_899_180), (36, "advance", "523.62", 1_885_032), (60, "arrears", "350.88", 2_105_280)]
    {
        let compared = scene.ada.post("/v1/price/financing", asked(months, json!([lease(months, timing)]))).await.expect(200);
        assert_eq!(compared.text("/options/0/monthly_payment"), payment);
        let total = compared.text("/options/0/total_payments").replace('.', "").parse::<i64>().unwrap();
        assert!((total - level_total).abs() <= 50, "the last payment absorbs the difference: {total}");
        assert_eq!(compared.body["options"][0]["schedule"].as_array().unwrap().len(), usize::try_from(months).unwrap());
        assert_eq!(compared.text("/options/0/owed"), "2500.00");
    }
    let ways = json!([{"kind": "rent", "monthly": "600.00", "yearly_increase": "0.03"}, lease(36, "arrears"), {"kind": "buy", "price": "18500.00"}]);
    let compared = scene.ada.post("/v1/price/financing", asked(12, ways)).await.expect(200);
    let net = |way: usize| compared.text(&format!("/options/{way}/net"));
    assert_eq!((net(0), net(2), compared.text("/cheapest")), ("7200.00".into(), "16000.00".into(), "0".into()));
    assert_eq!(compared.text("/options/1/owed"), compared.text("/options/1/schedule/11/balance"));
    assert_eq!(compared.body["options"][0]["schedule"], json!([]));
    scene.app.stop().await;
}

#[actix_web::test]
async fn every_fault_of_a_comparison_is_named() {
    let scene = Scene::start().await;
    let refused = async |body: Value| {
        let refused = scene.ada.post("/v1/price/financing", body).await;
        let errors = refused.body["errors"].as_array().unwrap().clone();
        refused.expect_problem(422, "validation_failed");
        errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(refused(asked(481, json!([lease(0, "arrears")]))).await, ["/horizon_months", "/options/0/months"]);
    assert_eq!(refused(asked(12, json!([]))).await, ["/options"]);
    let mut wrong = lease(36, "arrears");
    wrong["residual"] = json!("18500.01");
    wrong["apr"] = json!("-0.01");
    let wrong = json!([wrong, {"kind": "buy", "price": "-1.00"}, {"kind": "buy", "price": "1.005"}]);
    assert_eq!(refused(asked(12, wrong)).await, ["/options/0/residual", "/options/0/apr", "/options/1/price", "/options/2/price"]);
    scene.app.stop().await;
}

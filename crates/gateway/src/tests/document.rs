use super::*;
use crate::document::merged;

#[actix_web::test]
async fn the_merged_document_and_its_page_come_without_any_network() {
    let deployment = deployment(&[], &[]);
    let document = get(format!("{}/openapi.json", deployment.url)).await;
    assert_eq!((document.status, document.header("content-type")), (200, Some("application/json")));
    assert!(document.json()["paths"]["/v1/things"]["post"].is_object());
    let etag = document.header("etag").unwrap().to_owned();
    let again = client().get(format!("{}/openapi.json", deployment.url)).insert_header(("If-None-Match", etag.clone()));
    let again = read(again.send()).await;
    assert_eq!((again.status, again.text.as_str(), again.header("etag")), (304, "", Some(etag.as_str())));
    let other = client().get(format!("{}/openapi.json", deployment.url)).insert_header(("If-None-Match", "\"other\""));
    assert_eq!(read(other.send()).await.status, 200);

    let page = get(format!("{}/docs/", deployment.url)).await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-security-policy").unwrap().contains("script-src 'self'"));
    for asset in ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-initializer.js"] {
        let answer = get(format!("{}/docs/{asset}", deployment.url)).await;
        assert_eq!(answer.status, 200, "{asset}");
        assert!(!page.text.contains("https://"), "nothing is loaded from elsewhere");
    }
    let initializer = get(format!("{}/docs/swagger-initializer.js", deployment.url)).await;
    assert!(initializer.text.contains("/openapi.json"), "{}", initializer.text);
    let redirect = get(format!("{}/docs", deployment.url)).await;
    assert_eq!((redirect.status, redirect.header("location")), (302, Some("/docs/")));
}

#[test]
fn schemas_of_the_same_name_are_shared_or_told_apart() {
    let part = |name: &'static str, colour: &str| {
        let document = json!({
            "openapi": "3.1.0",
            "info": {"title": name, "version": "1"},
            "paths": {format!("/v1/{name}"): {"get": {"responses": {"200": {"description": "ok", "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/View"}}}}}}}},
            "components": {"schemas": {
                "View": {"type": "object", "properties": {colour: {"type": "string"}, "problem": {"$ref": "#/components/schemas/Problem"}}},
                "Problem": {"type": "object"},
            }},
        });
        Part::documented(name, 1, &document)
    };
    let document: Value = serde_json::from_str(&merged(&[part("apples", "red"), part("limes", "green")])).unwrap();
    let schema = |path: &str| {
        let pointer = format!("/paths/{}/get/responses/200/content/application~1json/schema/$ref", path.replace('/', "~1"));
        document.pointer(&pointer).unwrap().as_str().unwrap().to_owned()
    };
    assert_eq!(schema("/v1/apples"), "#/components/schemas/View");
    assert_eq!(schema("/v1/limes"), "#/components/schemas/LimesView");
    let names: Vec<&String> = document["components"]["schemas"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["LimesView", "Problem", "View"]);
    assert_eq!(document["components"]["schemas"]["LimesView"]["properties"]["green"]["type"], "string");
}

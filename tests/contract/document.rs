//! The API document as the checks see it: a list of operations.

use kernel::id::new_uuid;
use reqwest::Method;
use serde_json::Value;

/// The whole document.
pub(super) struct Api {
    pub(super) document: Value,
    pub(super) operations: Vec<Operation>,
}

/// One operation of it.
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) permission: Option<String>,
    /// The media type and the schema of its request body.
    pub(super) body: Option<(String, Value)>,
    pub(super) document: Value,
}

impl Api {
    pub(super) fn read(document: &Value) -> Self {
        let mut operations = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let method: Method = method.to_uppercase().parse().unwrap();
                if [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE].contains(&method) {
                    operations.push(Operation::read(method, path, operation));
                }
            }
        }
        assert!(operations.len() > 50, "the document has {} operations only", operations.len());
        Self { document: document.clone(), operations }
    }

    pub(super) fn find(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    /// The methods that a path answers.
    pub(super) fn methods(&self, path: &str) -> Vec<Method> {
        self.operations.iter().filter(|operation| operation.path == path).map(|operation| operation.method.clone()).collect()
    }

    /// A schema or an answer with its references to components followed.
    pub(super) fn resolve<'a>(&'a self, part: &'a Value) -> &'a Value {
        match part["$ref"].as_str() {
            Some(reference) => self.resolve(self.document.pointer(reference.trim_start_matches('#')).unwrap()),
            None => part,
        }
    }
}

impl Operation {
    fn read(method: Method, path: &str, document: &Value) -> Self {
        let body = document["requestBody"]["content"].as_object().and_then(|content| content.iter().next());
        Self {
            id: document["operationId"].as_str().unwrap_or_default().to_owned(),
            method,
            path: path.to_owned(),
            permission: document["x-permission"].as_str().map(str::to_owned),
            body: body.map(|(media, content)| (media.clone(), content["schema"].clone())),
            document: document.clone(),
        }
    }

    /// `POST /v1/tickets`.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub(super) fn parameters(&self) -> &[Value] {
        self.document["parameters"].as_array().map_or(&[], Vec::as_slice)
    }

    pub(super) fn versioned(&self) -> bool {
        self.parameters().iter().any(|parameter| parameter["name"] == "If-Match")
    }

    /// True for a list with pages.
    pub(super) fn paged(&self) -> bool {
        let has = |name: &str| self.parameters().iter().any(|parameter| parameter["name"] == name);
        self.method == Method::GET && has("cursor") && has("limit")
    }

    pub(super) fn json_body(&self) -> Option<&Value> {
        self.body.as_ref().filter(|(media, _)| media == "application/json").map(|(_, schema)| schema)
    }

    /// The path with each parameter replaced by what `value` gives for its name and schema.
    pub(super) fn path_with(&self, value: impl Fn(&str, &Value) -> String) -> String {
        let mut path = self.path.clone();
        for parameter in self.parameters().iter().filter(|parameter| parameter["in"] == "path") {
            let name = parameter["name"].as_str().unwrap();
            path = path.replace(&format!("{{{name}}}"), &value(name, &parameter["schema"]));
        }
        path
    }

    /// The path to something that does not exist.
    pub(super) fn random_path(&self) -> String {
        self.path_with(|name, schema| match schema["type"].as_str() {
            Some("integer") => "1".to_owned(),
            // The id of a long operation ends with the number of the service that carries it out: pricing.
            _ if name == "operation_id" => format!("{}03", &new_uuid().to_string()[..34]),
            _ => new_uuid().to_string(),
        })
    }
}

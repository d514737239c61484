use super::*;

const GOOD: &str = "q3v9XkTz7LmW2bRy5HsN8dPc4FgJ6aUe";

fn environment(pairs: &[(&str, &str)]) -> Environment {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

fn folder() -> PathBuf {
    std::env::temp_dir().join(format!("liaison-config-{}", kernel::id::new_uuid()))
}

fn variables(faults: &ConfigFaults) -> Vec<&str> {
    faults.0.iter().map(|fault| fault.variable.as_str()).collect()
}

#[test]
fn the_embedded_default_needs_nothing_and_keeps_its_secret() {
    let data = folder();
    let empty = environment(&[("LIAISON_DATA_DIR", data.to_str().unwrap())]);
    let first = Settings::read(Role::Embedded, &empty).unwrap();
    let second = Settings::read(Role::Embedded, &empty).unwrap();
    assert!(first.is_embedded());
    assert_eq!(first.address.to_string(), "127.0.0.1:8080");
    assert_eq!(first.metrics_address.unwrap().to_string(), "127.0.0.1:9100");
    assert_eq!(first.secret.derive("cursor"), second.secret.derive("cursor"));
    assert_ne!(first.secret.derive("cursor"), first.secret.derive("service-token"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(data.join("secret")).unwrap().permissions().mode() & 0o777, 0o600);
    }
    std::fs::remove_dir_all(data).unwrap();
}

#[test]
fn all_faults_are_reported_at_once_by_variable_and_never_by_value() {
    let broken = environment(&[
        ("LIAISON_ADDRESS", "nowhere-at-all"),
        ("LIAISON_METRICS_ADDRESS", "never-a-port"),
        ("LIAISON_SECRET", "hunter2-and-more"),
        ("LIAISON_DATABASE_URL", "mysql://root:hunter2@db/liaison"),
        ("LIAISON_TEST_MODE", "perhaps"),
        ("LIAISON_TEST_NOW", "2026-07-04T08:00:00Z"),
        ("LIAISON_WORKERS", "minus-one"),
        ("LIAISON_UPSTREAM_TICKETS", "http://a:1, gopher://b"),
        ("LIAISON_CORS_ORIGINS", "*"),
        ("LIAISON_RATE_LIMITS", "read=fast"),
        ("LIAISON_TRUSTED_ISSUER", "https://login.test"),
        ("LIAISON_PUBLIC_URL", "no-url-at-all"),
    ]);
    let faults = Settings::read(Role::Service, &broken).unwrap_err();
    let mut named = variables(&faults);
    named.sort_unstable();
    let mut expected: Vec<&str> = broken.keys().map(String::as_str).collect();
    expected.sort_unstable();
    assert_eq!(named, expected);
    let text = faults.to_string();
    assert!(broken.values().all(|value| !text.contains(value.as_str())), "a value leaked: {text}");
}

#[test]
fn outside_the_embedded_mode_weak_secrets_refuse_to_start() {
    let with = |secret: Option<&str>| {
        let mut variables = environment(&[("LIAISON_DATABASE_URL", "postgres://db/liaison"), ("LIAISON_PUBLIC_URL", "https://api.test")]);
        if let Some(secret) = secret {
            variables.insert("LIAISON_SECRET".to_owned(), secret.to_owned());
        }
        Settings::read(Role::Service, &variables)
    };
    for weak in [
        None,
        Some(""),
        Some("tooShort-q3v9XkTz7LmW2bRy5"),
        Some("ChangeMe-q3v9XkTz7LmW2bRy5HsN8dPc4"),
        Some("this-is-an-EXAMPLE-q3v9XkTz7LmW2bRy"),
        Some("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    ] {
        assert_eq!(variables(&with(weak).unwrap_err()), ["LIAISON_SECRET"], "{weak:?}");
    }
    let settings = with(Some(GOOD)).unwrap();
    assert!(!format!("{settings:?}{:?}{}", settings.secret, settings.secret).contains(GOOD));
}

#[test]
fn an_embedded_process_on_postgresql_needs_a_given_secret_too() {
    let variables = environment(&[("LIAISON_DATABASE_URL", "postgres://db/liaison")]);
    assert!(Settings::read(Role::Embedded, &variables).is_err());
}

#[test]
fn lists_switches_and_misspellings_are_understood() {
    let settings = Settings::read(
        Role::Gateway,
        &environment(&[
            ("LIAISON_SECRET", GOOD),
            ("LIAISON_METRICS_ADDRESS", ""),
            ("LIAISON_UPSTREAM_TICKETS", "http://10.0.0.1:80/, http://10.0.0.2:80"),
            ("LIAISON_RATE_LIMITS", "read=10,export=off"),
            ("LIAISON_PUBLIC_URL", "https://api.example.com/"),
            ("LIAISON_ADRESS", "0.0.0.0:80"),
        ]),
    )
    .unwrap();
    assert_eq!(settings.metrics_address, None);
    assert_eq!(settings.upstream("tickets"), ["http://10.0.0.1:80", "http://10.0.0.2:80"]);
    assert!(settings.upstream("orders").is_empty());
    assert_eq!(settings.rates, Rates { read: Some(10), export: None, ..Rates::default() });
    assert_eq!(settings.public_url.as_deref(), Some("https://api.example.com"));
    assert_eq!(settings.unknown, ["LIAISON_ADRESS"]);
}

#[test]
fn a_trusted_issuer_is_asked_over_tls_or_on_this_host_only() {
    let read = |issuer: &str, keys: &str| {
        let three = [("LIAISON_TRUSTED_ISSUER", issuer), ("LIAISON_TRUSTED_JWKS_URL", keys), ("LIAISON_TRUSTED_AUDIENCE", "liaison")];
        let common = [("LIAISON_SECRET", GOOD), ("LIAISON_PUBLIC_URL", "https://api.test")];
        Settings::read(Role::Gateway, &environment(&[three.as_slice(), common.as_slice()].concat()))
    };
    let kept = read("https://login.test/", "https://login.test/keys").unwrap().trusted_issuer.unwrap();
    assert_eq!((kept.issuer.as_str(), kept.jwks_url.as_str()), ("https://login.test/", "https://login.test/keys"));
    for here in ["http://127.0.0.1:9/keys", "http://localhost:9/keys", "http://[::1]:9/keys"] {
        assert!(read("https://login.test", here).is_ok(), "{here}");
    }
    let faults = read("https://login.test", "http://127.0.0.1.evil.test/keys").unwrap_err();
    assert!(variables(&faults).contains(&"LIAISON_TRUSTED_JWKS_URL"));
}

#[test]
fn a_mail_server_is_reached_by_url_and_its_password_is_kept_apart() {
    let read = |pairs: &[(&str, &str)]| {
        let common = [("LIAISON_SECRET", GOOD), ("LIAISON_PUBLIC_URL", "https://api.test")];
        Settings::read(Role::Gateway, &environment(&[pairs, common.as_slice()].concat()))
    };
    let given = [("LIAISON_SMTP_URL", "smtp://mail.test"), ("LIAISON_SMTP_USER", "desk"), ("LIAISON_SMTP_PASSWORD", "hunter2-hunter2")];
    let smtp = read(&given).unwrap().smtp.unwrap();
    assert_eq!((smtp.host.as_str(), smtp.port, smtp.implicit_tls, smtp.is_on_this_host()), ("mail.test", 587, false, false));
    assert!(!format!("{smtp:?}").contains("hunter2"));
    let here = read(&[("LIAISON_SMTP_URL", "smtps://[::1]:2465")]).unwrap().smtp.unwrap();
    assert_eq!((here.host.as_str(), here.port, here.implicit_tls, here.is_on_this_host()), ("::1", 2465, true, true));
    assert!(read(&[]).unwrap().smtp.is_none());
    for wrong in ["mail.test", "http://mail.test", "smtp://desk:hunter2@mail.test", "smtp://mail.test/path"] {
        assert_eq!(variables(&read(&[("LIAISON_SMTP_URL", wrong)]).unwrap_err()), ["LIAISON_SMTP_URL"], "{wrong}");
    }
    assert_eq!(variables(&read(&[("LIAISON_SMTP_USER", "desk")]).unwrap_err()), ["LIAISON_SMTP_USER"]);
}

//! Sample contexts of signing in, here and by another service.

use super::{
    super::{elsewhere, entry, factor, proof, providers, rules, security, setup},
    NASTY, check, choice, page, shell,
};

#[test]
fn the_views_of_signing_in_render() {
    let hint = entry::Hint { label: NASTY.into(), login: NASTY.into(), password: NASTY.into() };
    check(
        "sign_in.html",
        &entry::SignIn {
            shell: shell(),
            services: vec![service()],
            hints: vec![hint],
            fault: Some(NASTY.into()),
            ..Default::default()
        },
    );
    let nasty = || NASTY.to_owned();
    for name in ["sign_in_code.html", "password.html", "prove.html"] {
        for code in [true, false] {
            let proof = proof::Proof {
                shell: shell(),
                fault: Some(nasty()),
                code,
                passkey: code,
                services: vec![service()],
                password: true,
                rules: nasty(),
                ..Default::default()
            };
            check(name, &proof);
        }
    }
    let person = setup::PersonShown { area: "system", label: "x", login: nasty(), name: nasty() };
    let faults = vec![nasty()];
    check("set_up.html", &setup::Setup { shell: shell(), token: nasty(), people: vec![person], faults });
    let session = |current| security::SessionShown { device: nasty(), address: nasty(), current, ..Default::default() };
    let passkey = security::PasskeyShown { name: nasty(), ..Default::default() };
    let identity = security::IdentityShown { label: nasty(), subject: nasty(), issuer: nasty(), ..Default::default() };
    let token = security::TokenShown { name: nasty(), scope: nasty(), ..Default::default() };
    for code in [None, Some(nasty())] {
        page(
            "security.html",
            security::Security {
                first: Some("x"),
                fault: Some(nasty()),
                sessions: vec![session(true), session(false)],
                recovery: code.clone(),
                code,
                passkeys: vec![passkey.clone()],
                identities: vec![identity.clone()],
                services: vec![service()],
                tokens: vec![token.clone()],
                token: Some(nasty()),
                entities: vec![choice()],
            },
        );
    }
    page("code.html", factor::Setup { secret: nasty(), fault: Some(nasty()), ..Default::default() });
    page("code.html", factor::Setup { recovery: vec![nasty()], ..Default::default() });
    let number = rules::Number { name: "tries", label: "x", value: 5, least: 3, most: 20 };
    let lock = rules::Lock { key: nasty(), what: nasty(), until: nasty() };
    for locks in [vec![lock], Vec::new()] {
        page(
            "rules.html",
            rules::Rules {
                numbers: vec![number.clone()],
                factor: vec![choice()],
                networks: nasty(),
                address: nasty(),
                locks,
                fault: Some(nasty()),
            },
        );
    }
}

pub(super) fn service() -> elsewhere::Service {
    elsewhere::Service { name: NASTY.into(), label: NASTY.into(), href: "/sign-in/with/x?next=%2F".into() }
}

#[test]
fn the_views_of_signing_in_elsewhere_render() {
    let nasty = || NASTY.to_owned();
    check("onward.html", &elsewhere::Onward { shell: shell(), who: nasty(), to: nasty() });
    let tie = providers::TieShown { account: "1".into(), who: nasty(), subject: nasty(), used: nasty() };
    let provider = providers::ProviderShown {
        name: "x".into(),
        label: nasty(),
        zh: nasty(),
        en: nasty(),
        issuer: nasty(),
        client_id: nasty(),
        claim: nasty(),
        callback: nasty(),
        variable: nasty(),
        ties: vec![tie],
        ..Default::default()
    };
    for secret in [true, false] {
        let one = providers::ProviderShown { secret, active: secret, trusted: secret, ..provider.clone() };
        page("providers.html", providers::Providers { providers: vec![one.clone()], new: one, fault: Some(nasty()) });
    }
}

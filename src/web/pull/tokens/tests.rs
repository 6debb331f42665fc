//! Tokens are found by nothing but themselves, and only while they count.

use std::os::unix::fs::symlink;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-26T12:00:00Z")
}

fn found(data: &Path, token: &str) -> Option<String> {
    find(data, token, now()).unwrap().map(|token| token.name)
}

#[test]
fn a_token_counts_until_it_ends_or_is_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let token = create(&data, "office", Scope::Report, now(), None).unwrap();
    let until = at("2026-11-26T12:00:01Z");
    let short = create(&data, "short-1", Scope::Read, now(), Some(until)).unwrap();
    assert_eq!(found(&data, &token).as_deref(), Some("office"));
    assert_eq!(find(&data, &short, now()).unwrap().unwrap().scope, Scope::Read);
    assert_eq!(find(&data, &short, until).unwrap(), None);
    let refused = create(&data, "office", Scope::Read, now(), None).unwrap_err();
    assert!(matches!(refused, TokenError::Taken(_)), "{refused}");
    assert_eq!(found(&data, &token).as_deref(), Some("office"), "the old one is left alone");
    revoke(&data, "office").unwrap();
    assert_eq!(found(&data, &token), None);
    assert!(matches!(revoke(&data, "office"), Err(TokenError::NoSuch(_))));
    let anew = create(&data, "office", Scope::Read, now(), None).unwrap();
    assert_ne!(anew, token);
    assert_eq!(found(&data, &token), None);
    let names: Vec<String> = list(&data).unwrap().into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["office", "short-1"]);
}

#[test]
fn nothing_else_is_a_token_and_no_name_leads_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let token = create(data, "office", Scope::Read, now(), None).unwrap();
    let (head, secret) = token.rsplit_once('_').unwrap();
    let zeros = "0".repeat(64);
    fs::write(data.join("x.json"), fs::read(data.join("tokens/office.json")).unwrap()).unwrap();
    for wrong in [
        "",
        "hauswart_",
        "hauswart_office_",
        secret,
        &format!("{head}_{zeros}"),
        &format!("{head}_{}", &secret[1..]),
        &format!("{head}_{}", secret.to_uppercase()),
        &format!("{token}0"),
        &format!("hauswart_Office_{secret}"),
        &format!("hauswart_../x_{secret}"),
        &format!("hauswart__{secret}"),
    ] {
        // Upper case may be the same where there are only digits.
        assert!(wrong == token || found(data, wrong).is_none(), "{wrong}");
    }
    for name in ["", "Klimabüro", "a b", "../x", "a.b", "a_b", &"a".repeat(41)] {
        let refused = create(data, name, Scope::Read, now(), None);
        assert!(matches!(refused, Err(TokenError::BadName(_))), "{name}");
        assert!(matches!(revoke(data, name), Err(TokenError::BadName(_))), "{name}");
    }
}

#[test]
fn the_disk_has_no_token_and_others_may_not_read_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let token = create(data, "office", Scope::Report, now(), None).unwrap();
    let secret = token.rsplit_once('_').unwrap().1;
    let path = data.join("tokens/office.json");
    assert!(!fs::read_to_string(&path).unwrap().contains(secret));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&data.join("tokens"))), (0o600, 0o700));
    fs::write(&path, "{").unwrap();
    assert!(matches!(find(data, &token, now()), Err(TokenError::Damaged(_))));
    assert!(list(data).is_err(), "nothing is passed over");
}

#[test]
fn its_use_is_noted_to_the_hour_and_forgotten_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    create(data, "office", Scope::Read, now(), None).unwrap();
    let last = || list(data).unwrap()[0].last_used;
    assert_eq!(last(), None);
    used(data, "office", now());
    used(data, "office", at("2026-11-26T12:59:00Z"));
    assert_eq!(last(), Some(now()));
    used(data, "office", at("2026-11-26T13:00:00Z"));
    assert_eq!(last(), Some(at("2026-11-26T13:00:00Z")));
    // The clock was set back.
    used(data, "office", now());
    assert_eq!(last(), Some(now()));
    revoke(data, "office").unwrap();
    create(data, "office", Scope::Read, now(), None).unwrap();
    assert_eq!(last(), None);
}

#[test]
fn it_is_made_through_no_link_and_changes_nothing_behind_one() {
    let folder = tempfile::tempdir().unwrap();
    let (data, elsewhere) = (folder.path().join("data"), folder.path().join("elsewhere"));
    fs::create_dir(&elsewhere).unwrap();
    fs::set_permissions(&elsewhere, Permissions::from_mode(0o755)).unwrap();
    let secret = elsewhere.join("shadow");
    fs::write(&secret, "x").unwrap();
    fs::create_dir(&data).unwrap();
    symlink(&elsewhere, data.join("tokens")).unwrap();
    let refused = create(&data, "a", Scope::Read, now(), None).unwrap_err();
    assert!(matches!(refused, TokenError::Io { .. }), "{refused}");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&elsewhere), fs::read_dir(&elsewhere).unwrap().count()), (0o755, 1));
    fs::remove_file(data.join("tokens")).unwrap();
    // A link instead of the file that is written first, and of the note of its use.
    fs::create_dir(data.join("tokens")).unwrap();
    for name in ["a.new", "a.used"] {
        symlink(&secret, data.join("tokens").join(name)).unwrap();
    }
    let token = create(&data, "a", Scope::Read, now(), None).unwrap();
    assert_eq!(found(&data, &token).as_deref(), Some("a"));
    symlink(&secret, data.join("tokens/a.used")).unwrap();
    used(&data, "a", now());
    assert_eq!(fs::read_to_string(&secret).unwrap(), "x", "it is left alone");
    assert!(!data.join("tokens/a.json").is_symlink());
}

#[test]
fn behind_its_making_no_end_is_believed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let until = at("2026-12-31T23:00:00Z");
    for (name, until) in [("ends", Some(until)), ("stays", None)] {
        let token = create(data, name, Scope::Read, now(), until).unwrap();
        let built = at("2026-11-01T00:00:00Z");
        for (clock, over) in [
            ("1970-01-01T00:00:00Z", true),
            ("2026-11-24T12:00:00Z", true),
            // Set back a little.
            ("2026-11-25T12:00:00Z", false),
            ("2026-12-01T00:00:00Z", false),
        ] {
            let found = find(data, &token, at(clock)).unwrap().unwrap();
            assert_eq!(found.may_be_over(at(clock), built), over && until.is_some(), "{clock}");
        }
        let found = find(data, &token, now()).unwrap().unwrap();
        let newer = at("2026-11-26T12:00:01Z");
        assert_eq!(found.may_be_over(now(), newer), until.is_some(), "the program is newer");
    }
}

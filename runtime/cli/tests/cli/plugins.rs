//! A first plugin, tried as its developer does.

use std::fs;

use crate::support::{Database, Place, repository};

#[test]
fn a_plugin_is_checked_and_called() {
    let place = Place::new(Database::Sqlite);
    let app = repository().join("examples/device-check");
    let app = app.to_str().unwrap();
    assert!(place.fine(&["check", app]).out.contains("`device-check` is fine"));
    let call = |number: &str| {
        let input = format!("{{\"number\": \"{number}\"}}");
        place.loam(&["plugin", "call", app, "luhn", "--input", &input, "--format", "json"])
    };
    let good = call("490154203237518").json();
    assert_eq!((&good["ok"], &good["answer"]["valid"]), (&true.into(), &true.into()), "{good}");
    assert_eq!(call("490154203237519").json()["answer"]["valid"], false);
    let refused = call("x");
    assert_eq!((refused.code, refused.json()["code"].as_str()), (1, Some("refused")));
    let other = place.loam(&["plugin", "call", app, "lunh"]);
    assert!(other.err.contains("did you mean `luhn`?"), "{}", other.err);
    let other = place.loam(&["plugin", "call", app, "luhn", "--input", "{\"nummer\": 1}"]);
    assert!(other.err.contains("takes no `nummer`; did you mean `number`?"), "{}", other.err);
    let wit = fs::read_to_string(repository().join("plugins/wit/1.0/loam.wit")).unwrap();
    assert_eq!(place.fine(&["plugin", "wit"]).out.trim_end(), wit.trim_end());
}

#[test]
fn what_is_no_plugin_is_refused_at_its_file_and_one_that_a_compiler_made_is_published() {
    let place = Place::new(Database::Sqlite);
    let from = repository().join("examples/device-check");
    for folder in ["", "entities", "forms", "pages", "roles", "rules", "plugins"] {
        fs::create_dir_all(place.path(&format!("devices/{folder}"))).unwrap();
        for file in
            fs::read_dir(from.join(folder)).unwrap().map(|file| file.unwrap().path()).filter(|file| file.is_file())
        {
            let name = file.file_name().unwrap().to_str().unwrap();
            fs::copy(&file, place.path(&format!("devices/{folder}/{name}"))).unwrap();
        }
    }
    let module = place.path("devices/plugins/luhn.wat");
    let text = fs::read(&module).unwrap();
    fs::write(&module, "(module)").unwrap();
    let said = place.loam(&["check", "devices"]);
    assert_eq!(said.code, 1);
    assert!(
        said.out.contains("error[plugin.unfit]: `luhn`: it cannot be called: it exports no function `run`"),
        "{}",
        said.out
    );
    assert!(said.out.contains("--> plugins/luhn.wat:1:1"), "{}", said.out);
    // The binary form, which is no text.
    fs::remove_file(&module).unwrap();
    fs::write(place.path("devices/plugins/luhn.wasm"), wat::parse_bytes(&text).unwrap()).unwrap();
    place.fine(&["apply", "devices", "--yes"]);
    let again = place.fine(&["plan", "devices"]);
    assert!(again.out.contains("nothing to do"), "what is published is what stands here: {}", again.out);
}

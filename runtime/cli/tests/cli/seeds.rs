//! Rows that come with an app: put in once, kept or renewed as their document says, and refused whole.

use std::fs;

use crate::{on_both, support::Place};

on_both!(rows_that_come_with_an_app_are_kept_or_renewed, a_bad_row_is_named_and_nothing_of_its_kind_is_written);

/// An app of shelves and the parts on them, without rows.
pub(crate) fn stock(place: &Place) {
    place.write("stock/app.yaml", "name: stock\nlabel: {zh-CN: 库存, en: Stock}\nversion: 1.0.0\n");
    place.write(
        "stock/entities/shelf.yaml",
        r"label: {zh-CN: 货架, en: Shelf}
plural: {zh-CN: 货架, en: Shelves}
display: name
key: code
fields:
  code: {type: text, label: {zh-CN: 编码, en: Code}}
  name: {type: text, label: {zh-CN: 名称, en: Name}}
  above: {type: reference, to: shelf, label: {zh-CN: 上层, en: Above}}
  room: {type: integer, label: {zh-CN: 格数, en: Room}}
validations:
  not_above_itself: {rule: above != id, message: {zh-CN: 不能在自己上方, en: no shelf is above itself}, field: above}
  not_thirteen: {rule: room != 13, message: {zh-CN: 不设十三格, en: no shelf has thirteen}, field: room}
",
    );
    place.write(
        "stock/entities/part.yaml",
        r"label: {zh-CN: 零件, en: Part}
plural: {zh-CN: 零件, en: Parts}
display: name
key: code
fields:
  code: {type: text, label: {zh-CN: 编码, en: Code}}
  name: {type: text, label: {zh-CN: 名称, en: Name}}
  shelf: {type: reference, to: shelf, label: {zh-CN: 货架, en: Shelf}}
  note: {type: long_text, max: 4000, label: {zh-CN: 备注, en: Note}}
",
    );
    place.write(
        "stock/roles/all.yaml",
        "label: {zh-CN: 全体, en: All}\neveryone: true\ngrants:\n  - {entity: shelf, actions: [create, read, update]}\n  - {entity: part, actions: [create, read, update]}\n",
    );
}

const SHELVES: &str = "stock/data/shelves.yaml";
const PARTS: &str = "stock/data/parts.yaml";

/// The app with two shelves, which are kept, and two parts, which are renewed.
fn stocked(place: &Place) {
    stock(place);
    // A shelf stands before the one it refers to, and parts before shelves.
    place.write(
        SHELVES,
        "entity: shelf\nrows:\n  - {code: A1, name: Upper, above: A, room: 5}\n  - {code: A, name: Whole, room: 9}\n",
    );
    place.write(
        PARTS,
        "entity: part\nexisting: update\nrows:\n  - {code: k1, name: Bolts, shelf: A1}\n  - {code: k2, name: Nuts, shelf: A}\n",
    );
    let said = place.fine(&["apply", "stock", "--yes"]).out;
    assert!(said.contains("rows that come with it: 4 made, 0 updated, 0 left as they are"), "{said}");
}

fn kept(place: &Place, entity: &str, fields: &str) -> String {
    place.fine(&["export", entity, "--fields", fields, "--sort", "code", "--line-ends", "lf"]).out
}

fn rows_that_come_with_an_app_are_kept_or_renewed(place: &Place) {
    stocked(place);
    // Somebody changes what came along.
    place.write("shelves.csv", "code,name,room\nA,Ours,7\n");
    place.write("parts.csv", "code,name,note\nk1,Screws,mine\n");
    place.fine(&["import", "shelf", "shelves.csv"]);
    place.fine(&["import", "part", "parts.csv"]);
    // And the app changes.
    place.edit(SHELVES, "name: Upper", "name: Top");
    place.edit(PARTS, "name: Nuts, shelf: A}\n", "name: Cap nuts, shelf: A}\n  - {code: k3, name: Pins, shelf: A1}\n");
    let said = place.fine(&["apply", "stock", "--yes"]).out;
    assert!(said.contains("rows that come with it: 1 made, 2 updated, 2 left as they are"), "{said}");
    assert_eq!(kept(place, "shelf", "code,name,above,room"), "code,name,above,room\nA,Ours,,7\nA1,Upper,A,5\n");
    let parts = "code,name,shelf,note,version\nk1,Bolts,A1,mine,3\nk2,Cap nuts,A,,2\nk3,Pins,A1,,1\n";
    assert_eq!(kept(place, "part", "code,name,shelf,note,version"), parts);
    // Once more there is nothing to do, and nothing is done.
    let said = place.fine(&["apply", "stock", "--yes"]).out;
    assert!(said.contains("nothing to do") && !said.contains("rows that come with it"), "{said}");
    assert_eq!(kept(place, "part", "code,name,shelf,note,version"), parts);
}

fn a_bad_row_is_named_and_nothing_of_its_kind_is_written(place: &Place) {
    stocked(place);
    // What the documents alone tell stops the publish.
    let parts = fs::read_to_string(place.path(PARTS)).unwrap();
    place.write(PARTS, format!("{parts}  - {{code: k3, name: Pins, shelf: A7}}\n  - {{name: Clips}}\n"));
    let said = place.refused(&["apply", "stock", "--yes"]);
    assert!(said.out.contains("data/parts.yaml:6:35"), "{}", said.out);
    assert!(said.out.contains("no data document has a `shelf` with the key `A7`"), "{}", said.out);
    assert!(said.out.contains("data/parts.yaml:7:6"), "{}", said.out);
    assert!(said.out.contains("this row has no `code`, the key of `part`"), "{}", said.out);
    assert!(said.err.contains("nothing was published"), "{}", said.err);
    // What only the records' own rules tell is said by key, in the language asked for, and no row is written.
    place.write(PARTS, format!("{parts}  - {{code: k3, name: Pins, shelf: B}}\n"));
    let shelves = fs::read_to_string(place.path(SHELVES)).unwrap();
    place.write(SHELVES, format!("{shelves}  - {{code: B, room: 4}}\n  - {{code: C, room: 13}}\n"));
    let said = place.refused(&["apply", "stock", "--yes"]).err;
    assert!(said.contains("the app is published, but the rows that come with it are not in"), "{said}");
    assert!(said.contains("`shelf` `C`, `room`: no shelf has thirteen"), "{said}");
    assert_eq!(kept(place, "shelf", "code"), "code\nA\nA1\n");
    assert_eq!(kept(place, "part", "code"), "code\nk1\nk2\n");
    place.edit(SHELVES, "room: 13", "room: 12");
    let said = place.fine(&["apply", "stock", "--yes"]).out;
    assert!(said.contains("rows that come with it: 3 made, 0 updated, 4 left as they are"), "{said}");
    assert_eq!(kept(place, "part", "code,shelf"), "code,shelf\nk1,A1\nk2,A\nk3,B\n");
}

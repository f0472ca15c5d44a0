//! Where something can be sent back to out of paths that run beside others.

use super::support::{World, approval, form, join, split};
use crate::{Back, Refusal, Way};

#[test]
fn what_a_path_beside_has_passed_is_not_gone_back_to() {
    let steps = vec![
        split("both", "meet", &["a", "b"]),
        approval("a", Some("meet"), Way::Any),
        form("b", Some("c")),
        approval("c", Some("meet"), Way::Any),
        join("meet", None, None),
    ];
    let mut world = World::new(steps).with("a", &[1]).with("b", &[2]).with("c", &[3]).begin();
    world.yes(2);
    for to in [Back::First, Back::Previous, Back::Step("b".to_owned())] {
        assert_eq!(world.back(1, to, false), Err(Refusal::NeverThere));
    }
    // Nor when that path has come to where they meet: who is left there answers.
    world.yes(3);
    assert_eq!(world.back(1, Back::Previous, false), Err(Refusal::NeverThere));
    world.yes(1);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn a_return_out_of_inner_paths_leaves_those_beside_the_outer_ones() {
    let steps = vec![
        split("both", "meet", &["a", "b"]),
        approval("a", Some("meet"), Way::Any),
        form("b", Some("inner")),
        split("inner", "near", &["c", "d"]),
        approval("c", Some("near"), Way::Any),
        approval("d", Some("near"), Way::Any),
        join("near", Some("e"), None),
        approval("e", Some("meet"), Way::Any),
        join("meet", None, None),
    ];
    let world = World::new(steps).with("a", &[1]).with("b", &[2]).with("c", &[3]).with("d", &[4]);
    let mut world = world.with("e", &[5]).begin();
    world.yes(2);
    assert_eq!(world.open(), [1, 3, 4]);
    world.back(3, Back::First, false).unwrap();
    assert_eq!(world.open(), [1, 2]);
    world.yes(2);
    world.yes(3);
    world.yes(4);
    // Behind the inner paths it is on the outer one again.
    world.back(5, Back::Step("b".to_owned()), false).unwrap();
    assert_eq!(world.open(), [1, 2]);
    world.yes(1);
    assert_eq!(world.outcome(), None);
}

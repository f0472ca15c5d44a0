//! Against a tree written as the RFC defines it, and against another implementation.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;

use super::*;

const ALGORITHM: Algorithm = Algorithm::Sha256;

fn leaf(n: u64) -> [u8; 32] {
    ALGORITHM.leaf(&n.to_be_bytes()).bytes
}

/// MTH of RFC 6962, word for word.
fn naive(leaves: &[[u8; 32]]) -> [u8; 32] {
    match leaves {
        [] => ALGORITHM.hash(&[]).bytes,
        [one] => *one,
        many => {
            let k = split(many.len() as u64) as usize;
            ALGORITHM.node(&naive(&many[..k]), &naive(&many[k..])).bytes
        }
    }
}

fn hash(bytes: [u8; 32]) -> Hash {
    Hash { algorithm: ALGORITHM, bytes }
}

/// Every row of a tree, as a store would keep them.
struct Kept {
    rows: Vec<Vec<[u8; 32]>>,
    edge: Edge,
}

impl Kept {
    fn new() -> Self {
        Self { rows: vec![Vec::new(); 4], edge: Edge::new(ALGORITHM) }
    }

    fn push(&mut self, leaf: [u8; 32]) {
        self.rows[0].push(leaf);
        for node in self.edge.push(leaf) {
            assert_eq!(self.rows[node.row as usize].len() as u64, node.place);
            self.rows[node.row as usize].push(node.hash.bytes);
        }
    }

    fn prove(&self, runs: &[Run]) -> Vec<[u8; 32]> {
        let of =
            |stretch: Stretch| self.rows[stretch.row as usize][stretch.from as usize..stretch.to as usize].to_vec();
        let root = |run: &Run| Run::root(ALGORITHM, &run.stretches().into_iter().map(of).collect::<Vec<_>>());
        runs.iter().map(root).collect()
    }
}

#[test]
fn roots_equal_those_of_the_definition_and_of_another_implementation() {
    let mut kept = Kept::new();
    let mut other = MemoryBackedTree::<Sha256, [u8; 8]>::new();
    assert_eq!(kept.edge.root().bytes, naive(&[]));
    for n in 0..2_000_u64 {
        kept.push(leaf(n));
        other.push(n.to_be_bytes());
        let root = kept.edge.root();
        if n < 300 || n % 97 == 0 {
            assert_eq!(root.bytes, naive(&kept.rows[0]), "{n}");
            assert_eq!(root.bytes.as_slice(), other.root().as_bytes().as_slice(), "{n}");
        }
        let loose = Edge::loose(n + 1);
        let rows =
            loose.iter().enumerate().map(|(row, (from, to))| kept.rows[row][*from as usize..*to as usize].to_vec());
        assert_eq!(Edge::of(ALGORITHM, n + 1, rows.collect()).root(), root, "{n}");
    }
}

#[test]
fn every_leaf_is_proved_and_nothing_else_is() {
    let mut kept = Kept::new();
    for size in 1..=70_u64 {
        kept.push(leaf(size - 1));
        let root = kept.edge.root();
        for index in 0..size {
            let path = kept.prove(&inclusion(size, index));
            assert!(is_included(&hash(leaf(index)), index, size, &path, &root), "{index} of {size}");
            assert!(!is_included(&hash(leaf(index + 1)), index, size, &path, &root));
            assert!(!is_included(&hash(leaf(index)), index + 1, size, &path, &root), "another index");
            assert!(!is_included(&hash(leaf(index)), index, size + 64, &path, &root), "another size");
            let mut longer = path.clone();
            longer.push(leaf(0));
            assert!(!is_included(&hash(leaf(index)), index, size, &longer, &root), "a longer path");
        }
    }
}

#[test]
fn every_beginning_is_proved_for_all_pairs_to_256() {
    let mut kept = Kept::new();
    let mut roots = vec![kept.edge.root()];
    for n in 0..256 {
        kept.push(leaf(n));
        roots.push(kept.edge.root());
    }
    for new in 1..=256_u64 {
        for old in 0..=new {
            let path = kept.prove(&consistency(old, new));
            let (old_root, new_root) = (roots[old as usize], roots[new as usize]);
            assert!(is_consistent(old, &old_root, new, &new_root, &path), "{old} of {new}");
            if old > 0 && old < new {
                assert!(!is_consistent(old, &roots[old as usize - 1], new, &new_root, &path));
                assert!(!is_consistent(old, &old_root, new, &roots[new as usize - 1], &path));
                // Another size may only pass where the tree it claims is the very same.
                assert!(!is_consistent(old - 1, &old_root, new, &new_root, &path));
            }
        }
    }
}

/// The hash of an inner node offered as an entry: the prefixes keep the two apart.
#[test]
fn an_inner_node_is_no_leaf() {
    let inner = ALGORITHM.node(&leaf(0), &leaf(1));
    let mut data = leaf(0).to_vec();
    data.extend(leaf(1));
    assert_ne!(ALGORITHM.leaf(&data), inner);
    let root = ALGORITHM.node(&inner.bytes, &ALGORITHM.node(&leaf(2), &leaf(3)).bytes);
    let path = [ALGORITHM.node(&leaf(2), &leaf(3)).bytes];
    // As a leaf of the tree of four it is refused: the path is too short for that size.
    assert!(!is_included(&ALGORITHM.leaf(&data), 0, 4, &path, &root));
    assert!(!is_included(&inner, 0, 4, &path, &root));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn random_trees_prove_random_leaves(size in 1_u64..2_000, at in 0_u64..2_000, old in 1_u64..2_000) {
        let mut kept = Kept::new();
        let mut old_root = None;
        let old = old.min(size);
        for n in 0..size {
            kept.push(leaf(n));
            if n + 1 == old {
                old_root = Some(kept.edge.root());
            }
        }
        let (root, index) = (kept.edge.root(), at % size);
        prop_assert_eq!(root.bytes, naive(&kept.rows[0]));
        prop_assert!(is_included(&hash(leaf(index)), index, size, &kept.prove(&inclusion(size, index)), &root));
        let path = kept.prove(&consistency(old, size));
        prop_assert!(is_consistent(old, &old_root.unwrap(), size, &root, &path));
    }
}

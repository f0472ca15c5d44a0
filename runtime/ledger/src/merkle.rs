//! The tree over all entries, hashed as RFC 6962 and RFC 9162 say: which hashes a root or a proof is made of, and whether a
//! proof holds.
//!
//! Nodes are kept by rows of 256: the hashes of 256 leaves make one node of the next row, 256 of those one of the row above.
//! Row 0 holds the leaves. A node is kept once it is whole, and never changes then.

use crate::hash::{Algorithm, Hash};

/// How many nodes make one of the next row.
pub const FAN: u64 = 256;
/// The same as a power of two.
const BITS: u32 = 8;

/// A node that became whole: its row, counted from 1, its place in it, its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// 1 for a node over 256 leaves, 2 for one over 65,536 …
    pub row: u32,
    /// Counted from the left, from 0.
    pub place: u64,
    /// Its hash.
    pub hash: Hash,
}

/// The right edge of a growing tree: all it takes to append, and to know the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    algorithm: Algorithm,
    size: u64,
    /// Per row, the nodes that are not yet part of one of the next row.
    rows: Vec<Vec<[u8; 32]>>,
}

impl Edge {
    /// The edge of an empty tree.
    pub fn new(algorithm: Algorithm) -> Self {
        Self { algorithm, size: 0, rows: Vec::new() }
    }

    /// The edge of a tree of that size, from the nodes of each row that have none above them: see [`Edge::loose`].
    pub fn of(algorithm: Algorithm, size: u64, rows: Vec<Vec<[u8; 32]>>) -> Self {
        Self { algorithm, size, rows }
    }

    /// Which nodes of each row, leaves first, have no whole node above them in a tree of that size: from and to, per row.
    pub fn loose(size: u64) -> Vec<(u64, u64)> {
        let mut rows = Vec::new();
        let mut many = size;
        while many > 0 {
            let above = many / FAN;
            rows.push((above * FAN, many));
            many = above;
        }
        rows
    }

    /// Leaves so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf; answers the nodes that became whole by it.
    pub fn push(&mut self, leaf: [u8; 32]) -> Vec<Node> {
        self.size += 1;
        let mut whole = Vec::new();
        let mut next = Some(leaf);
        let mut row = 0;
        while let Some(hash) = next.take() {
            if self.rows.len() <= row {
                self.rows.push(Vec::new());
            }
            let Some(loose) = self.rows.get_mut(row) else { break };
            loose.push(hash);
            row += 1;
            if loose.len() as u64 == FAN {
                let above = fold(self.algorithm, loose);
                loose.clear();
                let up = u32::try_from(row).unwrap_or(u32::MAX);
                let place = (self.size >> (BITS * up).min(63)) - 1;
                whole.push(Node { row: up, place, hash: Hash { algorithm: self.algorithm, bytes: above } });
                next = Some(above);
            }
        }
        whole
    }

    /// The root: of an empty tree the hash of nothing.
    pub fn root(&self) -> Hash {
        let loose: Vec<[u8; 32]> = self.rows.iter().rev().flat_map(|row| peaks(self.algorithm, row)).collect();
        match loose.split_last() {
            None => self.algorithm.hash(&[]),
            Some((last, left)) => {
                let bytes = left.iter().rev().fold(*last, |right, left| self.algorithm.node(left, &right).bytes);
                Hash { algorithm: self.algorithm, bytes }
            }
        }
    }
}

/// The whole subtrees of equal nodes, largest first.
fn peaks(algorithm: Algorithm, nodes: &[[u8; 32]]) -> Vec<[u8; 32]> {
    let mut rest = nodes;
    let mut peaks = Vec::new();
    while !rest.is_empty() {
        let most = 1_usize << rest.len().ilog2();
        let (whole, right) = rest.split_at(most);
        peaks.push(fold(algorithm, whole));
        rest = right;
    }
    peaks
}

/// The root over equal nodes, of which there is at least one.
fn fold(algorithm: Algorithm, nodes: &[[u8; 32]]) -> [u8; 32] {
    match nodes {
        [] => algorithm.hash(&[]).bytes,
        [one] => *one,
        many => {
            let half = 1_usize << (many.len() - 1).ilog2();
            let (left, right) = many.split_at(half);
            algorithm.node(&fold(algorithm, left), &fold(algorithm, right)).bytes
        }
    }
}

/// A run of leaves, whose subtree's root is one hash of a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The first leaf.
    pub from: u64,
    /// The leaf after the last.
    pub to: u64,
}

/// Nodes of one row that stand side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// 0 for leaves.
    pub row: u32,
    /// The first node.
    pub from: u64,
    /// The node after the last.
    pub to: u64,
}

impl Run {
    /// The kept nodes that its root is made of, from the left. A stretch is a power of two long, at most 255 rows.
    pub fn stretches(self) -> Vec<Stretch> {
        let mut all = Vec::new();
        let mut from = self.from;
        while from < self.to {
            let fits = (self.to - from).ilog2();
            let level = if from == 0 { fits } else { fits.min(from.trailing_zeros()) };
            let row = level / BITS;
            let shift = row * BITS;
            let to = from + (1 << level);
            all.push(Stretch { row, from: from >> shift, to: to >> shift });
            from = to;
        }
        all
    }

    /// Its root, from the hashes of its stretches.
    pub fn root(algorithm: Algorithm, stretches: &[Vec<[u8; 32]>]) -> [u8; 32] {
        let roots: Vec<[u8; 32]> = stretches.iter().map(|nodes| fold(algorithm, nodes)).collect();
        match roots.split_last() {
            None => algorithm.hash(&[]).bytes,
            Some((last, left)) => left.iter().rev().fold(*last, |right, left| algorithm.node(left, &right).bytes),
        }
    }
}

/// The largest power of two below `size`, which is at least 2.
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// What proves that a leaf is in a tree of that size: the roots of these runs, in this order. Empty when it is not.
pub fn inclusion(size: u64, index: u64) -> Vec<Run> {
    let mut runs = Vec::new();
    if index >= size {
        return runs;
    }
    let (mut start, mut size, mut index) = (0, size, index);
    while size > 1 {
        let left = split(size);
        if index < left {
            runs.push(Run { from: start + left, to: start + size });
            size = left;
        } else {
            runs.push(Run { from: start, to: start + left });
            start += left;
            index -= left;
            size -= left;
        }
    }
    runs.reverse();
    runs
}

/// What proves that a tree of `old` leaves is the beginning of one of `new`: the roots of these runs, in this order.
pub fn consistency(old: u64, new: u64) -> Vec<Run> {
    let mut runs = Vec::new();
    if old == 0 || old >= new {
        return runs;
    }
    let (mut start, mut old, mut size, mut whole) = (0, old, new, true);
    while old < size {
        let left = split(size);
        if old <= left {
            runs.push(Run { from: start + left, to: start + size });
            size = left;
        } else {
            runs.push(Run { from: start, to: start + left });
            start += left;
            old -= left;
            size -= left;
            whole = false;
        }
    }
    if !whole {
        runs.push(Run { from: start, to: start + size });
    }
    runs.reverse();
    runs
}

/// Whether a path proves that the leaf stands at `index` of the tree of that size and root.
pub fn is_included(leaf: &Hash, index: u64, size: u64, path: &[[u8; 32]], root: &Hash) -> bool {
    if index >= size || leaf.algorithm != root.algorithm {
        return false;
    }
    let node = |left: &[u8; 32], right: &[u8; 32]| leaf.algorithm.node(left, right).bytes;
    let (mut at, mut last, mut hash) = (index, size - 1, leaf.bytes);
    for beside in path {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = node(beside, &hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(&hash, beside);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && hash == root.bytes
}

/// Whether a path proves that the tree of `old` leaves is the beginning of the one of `new`.
pub fn is_consistent(old: u64, old_root: &Hash, new: u64, new_root: &Hash, path: &[[u8; 32]]) -> bool {
    if old > new || old_root.algorithm != new_root.algorithm {
        return false;
    }
    if old == new {
        return path.is_empty() && old_root == new_root;
    }
    if old == 0 {
        return path.is_empty() && *old_root == old_root.algorithm.hash(&[]);
    }
    let node = |left: &[u8; 32], right: &[u8; 32]| old_root.algorithm.node(left, right).bytes;
    let (mut at, mut last) = (old - 1, new - 1);
    while at & 1 == 1 {
        at >>= 1;
        last >>= 1;
    }
    let (first, rest) = if old.is_power_of_two() {
        (old_root.bytes, path)
    } else {
        match path.split_first() {
            Some((first, rest)) => (*first, rest),
            None => return false,
        }
    };
    let (mut of_old, mut of_new) = (first, first);
    for beside in rest {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            of_old = node(beside, &of_old);
            of_new = node(beside, &of_new);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            of_new = node(&of_new, beside);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && of_old == old_root.bytes && of_new == new_root.bytes
}

#[cfg(test)]
mod tests;

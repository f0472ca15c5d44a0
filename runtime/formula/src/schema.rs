//! What a formula may name: the fields around one entity, as the compiled app knows them.
//!
//! This crate has never heard of definitions; whoever has the fields implements [`Schema`].

use model::{EntityId, FieldId, Type};

use crate::Organisation;

/// A value reached from a record: a field of its own, of a record it refers to, or of its children.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Path {
    /// The entity the path starts from.
    pub entity: EntityId,
    /// The reference fields followed, in order; or exactly one children field.
    pub hops: Vec<FieldId>,
    /// The field read at the end.
    pub field: FieldId,
    /// The type of what is read: [`Type::List`] when the hop is a children field or the field holds several values.
    pub ty: Type,
}

/// What a field holds, as far as following it is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A value of its own; several when its type is a list.
    Column,
    /// The id of one record of that entity.
    Reference(EntityId),
    /// The ids of several records of that entity.
    References(EntityId),
    /// The records of another entity that refer to this one.
    Children {
        /// The children's entity.
        of: EntityId,
        /// The reference field of the children that points here.
        by: FieldId,
    },
}

/// One field as a formula sees it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FieldInfo {
    /// Which field.
    pub id: FieldId,
    /// The type of its value; a children field is a list of references.
    pub ty: Type,
    /// Whether and how a dot may follow it.
    pub kind: Kind,
}

/// What can be asked about the person who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActorAttribute {
    /// `actor.id`: the account.
    Id,
    /// `actor.person`: the record of the person behind the account.
    Person,
    /// `actor.login`: the name they sign in with.
    Login,
}

impl ActorAttribute {
    /// Every attribute.
    pub const ALL: [Self; 3] = [Self::Id, Self::Person, Self::Login];

    /// The word after `actor.`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Person => "person",
            Self::Login => "login",
        }
    }

    /// The attribute of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|attribute| attribute.name() == name)
    }
}

/// The names a formula may use.
pub trait Schema {
    /// The field of that entity with that name, system fields such as `id` included.
    fn field(&self, entity: EntityId, name: &str) -> Option<FieldInfo>;

    /// All names [`Schema::field`] knows, for hints.
    fn field_names(&self, entity: EntityId) -> Vec<String>;

    /// The attribute of the actor with that name, and its type.
    fn actor(&self, name: &str) -> Option<(ActorAttribute, Type)>;

    /// What the organisation is made of; nothing unless said.
    fn organisation(&self) -> Organisation {
        Organisation::default()
    }
}

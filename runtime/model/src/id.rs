//! Identifiers. Ids of definition items are indexes into one compiled app and mean nothing in another version of it;
//! ids of records and users are UUIDv7 and live as long as the data.

use uuid::Uuid;

macro_rules! index_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// The position in the app's list of these items.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index_id!(
    /// An entity of the compiled app.
    EntityId
);
index_id!(
    /// A field of the compiled app; unique over all entities, so that a field alone names its entity.
    FieldId
);
index_id!(
    /// A form of the compiled app.
    FormId
);
index_id!(
    /// A page of the compiled app.
    PageId
);
index_id!(
    /// A role of the compiled app.
    RoleId
);
index_id!(
    /// A term of the dictionary of the compiled app.
    TermId
);

/// A stored record of any entity: UUIDv7, so that ids sort by creation.
pub type RecordId = Uuid;

/// A sign-in account.
pub type UserId = Uuid;

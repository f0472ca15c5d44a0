//! Names: fields, what references lead to, children, and the actor.

use model::{Type, diagnostic::nearest};

use super::Checker;
use crate::{
    ActorAttribute, Fault, Kind, Path, function,
    parse::Span,
    tree::{Node, Typed},
};

impl Checker<'_> {
    pub(super) fn name(&mut self, names: &[(String, Span)], span: Span) -> Typed {
        if let [(first, _), (second, place), rest @ ..] = names
            && first == "actor"
        {
            match (self.schema.actor(second), rest) {
                (Some((attribute, ty)), []) => return Typed::new(Node::Actor(attribute), ty, span),
                (Some((_, Type::Id(_))), _) => {
                    let fault = Fault::new("formula.actor", span, "what `actor.person` refers to is not read here");
                    return self.fail(fault.help("go from the record instead: `department.manager == actor.person`"));
                }
                _ if self.schema.field(self.entity, first).is_none() => {
                    let known = ActorAttribute::ALL.map(ActorAttribute::name);
                    let help = nearest(second, known).unwrap_or_else(|| format!("known: {}", known.join(", ")));
                    let message = format!("`actor` has no `{second}`");
                    return self.fail(Fault::new("formula.unknown-name", *place, message).help(help));
                }
                _ => {}
            }
        }
        match self.path(names) {
            Ok((path, children)) => {
                let ty = path.ty.clone();
                Typed::new(if children { Node::Children(path) } else { Node::Field(path) }, ty, span)
            }
            Err(fault) => self.fail(fault),
        }
    }

    /// The path, and whether it goes through children.
    fn path(&self, names: &[(String, Span)]) -> Result<(Path, bool), Fault> {
        let (mut at, mut hops, mut children) = (self.entity, Vec::new(), false);
        let mut rest = names.iter();
        while let Some((name, span)) = rest.next() {
            let info = self.schema.field(at, name).ok_or_else(|| self.unknown(at, name, *span, names.len() == 1))?;
            if info.ty == Type::Secret {
                let message = format!("`{name}` is a secret, which is shown and not computed with");
                let help = "leave it out; the database cannot compare what it must not read";
                return Err(Fault::new("formula.secret", *span, message).help(help));
            }
            if rest.len() == 0 {
                let children_themselves = matches!(info.kind, Kind::Children { .. });
                if children_themselves && !hops.is_empty() && !children {
                    return Err(own_record_only(name, *span));
                }
                let ty = match (children, info.ty) {
                    (true, Type::List(_)) => {
                        let message = format!("`{name}` is a list of its own in every child");
                        return Err(Fault::new("formula.path", *span, message)
                            .help("compute one value of it on the child, and read that"));
                    }
                    (true, ty) => ty.list(),
                    (false, ty) => ty,
                };
                let path = Path { entity: self.entity, hops, field: info.id, ty };
                return Ok((path, children || children_themselves));
            }
            match info.kind {
                Kind::Reference(_) if children => {
                    return Err(Fault::new("formula.path", *span, "only the children's own fields can be read")
                        .help(format!("compute `{name}.…` on the child, and read that")));
                }
                Kind::Reference(to) => at = to,
                Kind::Children { of, .. } if hops.is_empty() => {
                    at = of;
                    children = true;
                }
                Kind::Children { .. } => return Err(own_record_only(name, *span)),
                Kind::References(_) => {
                    let message = format!("`{name}` refers to several records, and a dot follows one");
                    return Err(Fault::new("formula.path", *span, message));
                }
                Kind::Column => {
                    let message = format!("`{name}` is {}, and a dot follows a reference", super::article(&info.ty));
                    return Err(Fault::new("formula.path", *span, message));
                }
            }
            hops.push(info.id);
        }
        Err(Fault::new("formula.syntax", (0, 0), "a name is missing"))
    }

    fn unknown(&self, at: model::EntityId, name: &str, span: Span, alone: bool) -> Fault {
        let fault = Fault::new("formula.unknown-name", span, format!("there is no field `{name}`"));
        if alone && let Some((found, _)) = function::find(name) {
            return fault.help(format!("`{0}` is a function: write `{0}(…)`", found.name));
        }
        if alone && name == "actor" {
            return fault.help("write `actor.person`, `actor.id` or `actor.login`");
        }
        let known = self.schema.field_names(at);
        fault.maybe_help(nearest(name, known.iter().map(String::as_str)))
    }
}

fn own_record_only(name: &str, span: Span) -> Fault {
    Fault::new("formula.path", span, format!("`{name}` is read from its own record only"))
        .help("compute one value of it there, and read that")
}

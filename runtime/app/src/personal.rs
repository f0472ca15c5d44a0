//! The register of personal information: which fields hold some, what for, on which ground, how long, and who reads it. Made from
//! the app as it is compiled; an app keeps it beside its definition (`personal.txt`).

use std::fmt;

use model::Locale;
use policy::{Action, Grant};

use crate::{App, Entity, Field, Role, Sensitivity};

/// A field that holds personal information.
#[derive(Debug, Clone)]
pub struct Line<'a> {
    /// Its entity.
    pub entity: &'a Entity,
    /// The field.
    pub field: &'a Field,
    /// Names of the roles that read it whole on some record, and of those that read it in part, which are marked by `#`.
    pub readers: Vec<String>,
}

/// Every field that holds personal information, by entity.
pub fn lines(app: &App) -> Vec<Line<'_>> {
    let mut entities: Vec<&Entity> = app.entities().iter().collect();
    entities.sort_by(|a, b| a.name.cmp(&b.name));
    let mut found = Vec::new();
    for entity in entities {
        for field in app.fields_of(entity).filter(|field| field.sensitivity >= Sensitivity::Personal) {
            let mut readers: Vec<String> = app.roles().iter().filter_map(|role| reader(role, entity, field)).collect();
            readers.sort();
            found.push(Line { entity, field, readers });
        }
    }
    found
}

fn reader(role: &Role, entity: &Entity, field: &Field) -> Option<String> {
    let grants =
        || role.grants.iter().filter(|grant| grant.entity == entity.id && grant.actions.contains(&Action::Read));
    let whole = |grant: &Grant| grant.read.contains(field.id);
    let partly = |grant: &Grant| grant.masked.contains_key(&field.id);
    match (grants().any(whole), grants().any(partly)) {
        (true, _) => Some(role.name.to_string()),
        (false, true) => Some(format!("{}#", role.name)),
        (false, false) => None,
    }
}

/// The register in a language, ready to be read and compared.
pub struct Register<'a>(pub &'a App, pub Locale);

impl fmt::Display for Register<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(app, locale) = self;
        let english = *locale == Locale::En;
        let say = |zh: &'static str, en: &'static str| if english { en } else { zh };
        writeln!(
            f,
            "{}",
            say(
                "个人信息清单：每个字段的用途、处理依据、保存期限，以及哪些角色可以查看（# 表示脱敏）。",
                "Personal information: what each field is for, on which ground, how long it is kept, and which roles read it (`#` in part)."
            )
        )?;
        let mut last = None;
        for line in lines(app) {
            if last != Some(line.entity.id) {
                writeln!(f, "\n{} {}", line.entity.name, line.entity.label.get(*locale))?;
                last = Some(line.entity.id);
            }
            let kind = match line.field.sensitivity {
                Sensitivity::Sensitive => say("敏感信息，查看留痕", "sensitive, looks are kept"),
                _ => say("个人信息", "personal"),
            };
            writeln!(f, "  {} {}: {kind}", line.field.name, line.field.label.get(*locale))?;
            if let Some(personal) = &line.field.personal {
                writeln!(f, "    {}: {}", say("用途", "purpose"), personal.purpose.get(*locale))?;
                writeln!(f, "    {}: {}", say("依据", "basis"), basis(personal.basis, *locale))?;
                writeln!(f, "    {}: {}", say("保存", "kept"), personal.keep.get(*locale))?;
            }
            if let Some(kept) = &line.field.kept {
                writeln!(f, "    {}: {}", say("抹除时保留", "stays when erased"), kept.get(*locale))?;
            }
            let readers = if line.readers.is_empty() { "-".to_owned() } else { line.readers.join(", ") };
            writeln!(f, "    {}: {readers}", say("可查看的角色", "read by"))?;
        }
        Ok(())
    }
}

/// A ground, as the law says it.
fn basis(basis: crate::Basis, locale: Locale) -> &'static str {
    use crate::Basis as B;
    match (basis, locale) {
        (B::Consent, Locale::ZhCn) => "取得个人同意",
        (B::Consent, Locale::En) => "consent",
        (B::Contract, Locale::ZhCn) => "订立、履行合同或依规章制度实施管理所必需",
        (B::Contract, Locale::En) => "needed for a contract, or by lawful rules",
        (B::LegalDuty, Locale::ZhCn) => "履行法定职责或法定义务所必需",
        (B::LegalDuty, Locale::En) => "a duty by law",
        (B::Emergency, Locale::ZhCn) => "应对突发事件，或紧急情况下保护生命健康和财产安全",
        (B::Emergency, Locale::En) => "an emergency",
        (B::Published, Locale::ZhCn) => "在合理范围内处理已合法公开的信息",
        (B::Published, Locale::En) => "made public lawfully",
        (B::OtherLaw, Locale::ZhCn) => "法律、行政法规规定的其他情形",
        (B::OtherLaw, Locale::En) => "another case that laws name",
    }
}

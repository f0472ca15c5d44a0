//! The app both sides serve: one entity with a row rule, a rule on its values, and a form.

/// The files of the app, by path.
pub(crate) const FILES: [(&str, &str); 4] = [
    ("app.yaml", "name: bench\nlabel: {zh-CN: 基准, en: Bench}\nversion: 1.0.0\n"),
    (
        "entities/item.yaml",
        "label: {zh-CN: 条目, en: Item}
display: title
key: code
fields:
  code: {type: text, label: {zh-CN: 编号, en: Code}}
  title: {type: text, label: {zh-CN: 标题, en: Title}, required: true, max: 200}
  owner: {type: text, label: {zh-CN: 负责人, en: Owner}, index: true}
  open: {type: boolean, label: {zh-CN: 公开, en: Open}, default: 'true'}
  quantity: {type: integer, label: {zh-CN: 数量, en: Quantity}, min: 0}
  price: {type: money, label: {zh-CN: 单价, en: Price}}
  total: {type: money, label: {zh-CN: 金额, en: Total}, formula: quantity * price}
  due: {type: date, label: {zh-CN: 截止, en: Due}}
  status:
    type: choice
    label: {zh-CN: 状态, en: Status}
    choices:
      draft: {label: {zh-CN: 草稿, en: Draft}}
      active: {label: {zh-CN: 进行中, en: Active}}
      done: {label: {zh-CN: 完成, en: Done}}
validations:
  quantity_when_priced: {rule: 'price == null || quantity != null', message: {zh-CN: 有单价时须填数量, en: Give a quantity with a price}, field: quantity}
",
    ),
    (
        "forms/item.yaml",
        "entity: item\nsections:\n  - columns: 2\n    items: [code, title, owner, open, quantity, price, total, due, status]\n",
    ),
    (
        "roles/member.yaml",
        "label: {zh-CN: 成员, en: Member}
everyone: true
grants:
  - {entity: item, actions: [create, read, update], where: 'open == true || owner == actor.login'}
",
    ),
];

/// Rows in the table.
pub(crate) const ROWS: usize = 100_000;

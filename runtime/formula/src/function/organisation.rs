//! Where people and units stand in the organisation, seen from who acts. All are forms: the checker makes them one question
//! that a database answers, and they stand only in conditions that a database answers.

functions! { Organisation;
    REPORTS_TO_ME "(person: any, levels?: whole, day?: date) -> bool"
    "Whether the person reports to whoever acts, over any number of levels or at most so many (1 is a direct report); judged as of that day, or today."
    "该人员是否（直接或逐级）向当前操作人汇报，可限定层级（1 为直接下属）；按指定日期判断，不填为今天。"
    ["REPORTS_TO_ME(null)" => "null"]
    Meets None;

    MATRIX_REPORTS_TO_ME "(person: any, day?: date) -> bool"
    "Whether the person reports to whoever acts outside the line; judged as of that day, or today."
    "该人员是否虚线汇报给当前操作人；按指定日期判断，不填为今天。"
    ["MATRIX_REPORTS_TO_ME(null)" => "null"]
    Meets None;

    IN_MY_UNIT "(who: any, day?: date) -> bool"
    "Whether the person works in the unit of whoever acts, or the unit is that unit; judged as of that day, or today."
    "该人员是否与当前操作人同在一个单位（或该单位就是其所在单位）；按指定日期判断，不填为今天。"
    ["IN_MY_UNIT(null)" => "null"]
    Meets None;

    UNDER_MY_UNIT "(who: any, day?: date) -> bool"
    "As `IN_MY_UNIT`, with all units below."
    "同 `IN_MY_UNIT`，并包含所有下级单位。"
    ["UNDER_MY_UNIT(null)" => "null"]
    Meets None;

    UNDER_UNIT_I_HEAD "(who: any, day?: date) -> bool"
    "Whether the person or unit is in a unit that whoever acts heads, or below it. Who worked where is judged as of that day, or today, and so are heads and the tree of units where lines keep them."
    "该人员或单位是否在当前操作人负责的单位及其下级之内。人员所在单位按指定日期判断，不填为今天；负责人和上下级单位有按日期的记录时同样按该日判断。"
    ["UNDER_UNIT_I_HEAD(null)" => "null"]
    Meets None;

    UNDER_UNIT_I_PARTNER "(who: any, day?: date) -> bool"
    "Whether the person or unit is in a unit that whoever acts looks after, or below it. Who worked where is judged as of that day, or today, and so are partners and the tree of units where lines keep them."
    "该人员或单位是否在当前操作人对口服务的单位及其下级之内。人员所在单位按指定日期判断，不填为今天；对口人员和上下级单位有按日期的记录时同样按该日判断。"
    ["UNDER_UNIT_I_PARTNER(null)" => "null"]
    Meets None;

    UNDER_UNIT "(who: any, code: text, codes...: text) -> bool"
    "Whether the person or unit is in one of the units with these keys, or below."
    "该人员或单位是否在这些编码的单位及其下级之内。"
    ["UNDER_UNIT(null, \"HQ\")" => "null"]
    Meets None;

    UNDER_UNIT_ON "(who: any, day: date, code: text, codes...: text) -> bool"
    "As `UNDER_UNIT`, as of that day."
    "同 `UNDER_UNIT`，按指定日期判断。"
    ["UNDER_UNIT_ON(null, DATE(2025, 6, 30), \"HQ\")" => "null"]
    Meets None;
}

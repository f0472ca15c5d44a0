use super::*;

fn shown(source: &str) -> String {
    fn show(syntax: &Syntax, source: &[char]) -> String {
        let all = |items: &[Syntax]| items.iter().map(|item| show(item, source)).collect::<Vec<_>>().join(" ");
        let text: String = source[syntax.span.0..syntax.span.1].iter().collect();
        match &syntax.shape {
            Shape::Null => "null".into(),
            Shape::Bool(flag) => flag.to_string(),
            Shape::Int(n) => n.to_string(),
            Shape::Decimal(n) => format!("{n}d"),
            Shape::Text(t) => format!("{t:?}"),
            Shape::Interpolated(items) => format!("(text {})", all(items)),
            Shape::Name(names) => names.iter().map(|n| n.0.as_str()).collect::<Vec<_>>().join("."),
            Shape::Call(name, items) => format!("({name} {})«{text}»", all(items)),
            Shape::Unary(op, item) => format!("({op:?} {})«{text}»", show(item, source)),
            Shape::Binary(op, l, r) => format!("({} {} {})", op.symbol(), show(l, source), show(r, source)),
            Shape::And(items) => format!("(&& {})", all(items)),
            Shape::Or(items) => format!("(|| {})", all(items)),
            Shape::Coalesce(items) => format!("(?? {})", all(items)),
            Shape::In(item, list) => format!("(in {} {})«{text}»", show(item, source), show(list, source)),
            Shape::List(items) => format!("[{}]«{text}»", all(items)),
        }
    }
    let characters: Vec<char> = source.chars().collect();
    match parse(source) {
        Ok(syntax) => show(&syntax, &characters),
        Err(fault) => {
            let (start, end) = fault.span.unwrap();
            let under: String = characters[start..end].iter().collect();
            let help = fault.help.map(|help| format!(" ({help})")).unwrap_or_default();
            format!("{}: {} at «{under}»{help}", fault.code, fault.message)
        }
    }
}

#[test]
fn sources_are_read() {
    let sources = [
        "1 + 2 * 3",
        "-5",
        "-x - -y",
        "null - 1",
        "1.50 + 99999999999999999999",
        "a && b && c || !d",
        "a ?? b ?? 0",
        "x in [1, 2]",
        "x !in [ 'a', \"b\" ]",
        "contains(list, 3)",
        "department.manager.name == \"李\"",
        "ROUND(  SUM(key_results.weight) , 2 ) ",
        "IF(default, if, let)",
        "`${a}条 of ${b + 1}`",
        "名称 == '张三' // comment",
        "a\n  && 部门.名称 == null",
        "today()",
        "''",
        "a.b in c.d",
        "switch.case",
    ];
    let text: String = sources.iter().map(|source| format!("{source:?} => {}\n", shown(source))).collect();
    expect_test::expect![[r#"
        "1 + 2 * 3" => (+ 1 (* 2 3))
        "-5" => -5
        "-x - -y" => (- (Minus x)«-x» (Minus y)«-y»)
        "null - 1" => (- null 1)
        "1.50 + 99999999999999999999" => (+ 1.50d 99999999999999999999d)
        "a && b && c || !d" => (|| (&& a b c) (Not d)«!d»)
        "a ?? b ?? 0" => (?? a b 0)
        "x in [1, 2]" => (in x [1 2]«[1, 2]»)«x in [1, 2]»
        "x !in [ 'a', \"b\" ]" => (Not (in x ["a" "b"]«[ 'a', "b" ]»)«x !in [ 'a', "b" ]»)«x !in [ 'a', "b" ]»
        "contains(list, 3)" => (contains list 3)«contains(list, 3)»
        "department.manager.name == \"李\"" => (== department.manager.name "李")
        "ROUND(  SUM(key_results.weight) , 2 ) " => (ROUND (SUM key_results.weight)«SUM(key_results.weight)» 2)«ROUND(  SUM(key_results.weight) , 2 )»
        "IF(default, if, let)" => (IF default if let)«IF(default, if, let)»
        "`${a}条 of ${b + 1}`" => (text a "条 of " (+ b 1))
        "名称 == '张三' // comment" => (== 名称 "张三")
        "a\n  && 部门.名称 == null" => (&& a (== 部门.名称 null))
        "today()" => (today )«today()»
        "''" => formula.syntax: `Open string is not terminated` is not expected here at «'»
        "a.b in c.d" => (in a.b c.d)«a.b in c.d»
        "switch.case" => switch.case
    "#]].assert_eq(&text);
}

#[test]
fn what_is_not_a_formula_says_why() {
    let sources = [
        "",
        "1 +",
        "a = 1",
        "a <> 1",
        "a & b",
        "2 ^ 3",
        "2 ** 3",
        "a ? b : c",
        "list[0]",
        "name.LEN()",
        "(a ?? b).name",
        "a?.b",
        "()",
        "#{a: 1}",
        "|x| x + 1",
        "let x = 1",
        "f!(1)",
        "1; 2",
        "{ 1 }",
        "while true { }",
        "IF（a，b）",
        "\"abc",
        "1..3",
        "a and b",
        "(1",
        "1)",
        "x.",
        "1 && a",
        "`${}`",
        "`${a",
        "`a",
        "a::b",
        "this",
        "eval(\"1\")",
        "99999999999999999999999999999999999999",
        "\"\\q\"",
    ];
    let text: String = sources.iter().map(|source| format!("{source:?} => {}\n", shown(source))).collect();
    expect_test::expect![[r##"
        "" => formula.empty: the formula is empty at «»
        "1 +" => formula.syntax: the formula ends too early at «»
        "a = 1" => formula.syntax: `=` is not expected here at «=» (write `==` to compare)
        "a <> 1" => formula.syntax: `<>` is not expected here at «<>» (write `==` or `!=` to compare)
        "a & b" => formula.syntax: `&` is not expected here at «&» (write `&&` for and, `+` to join texts)
        "2 ^ 3" => formula.syntax: `^` is not expected here at «^» (write `POWER(base, exponent)`)
        "2 ** 3" => formula.syntax: `**` is not expected here at «*» (write `POWER(base, exponent)`)
        "a ? b : c" => formula.syntax: `?` is not expected here at «?» (write `IF(condition, then, otherwise)`)
        "list[0]" => formula.syntax: items of a list are not read with `[…]` at «list» (write `AT(list, 1)` for the first item)
        "name.LEN()" => formula.syntax: functions are not called with a dot at «LEN» (write `LEN(value, …)`)
        "(a ?? b).name" => formula.syntax: a dot joins names only at «a»
        "a?.b" => formula.syntax: `?.` is not needed at «?» (write `.`: what a missing record has is null)
        "()" => formula.syntax: `()` is not a value at «(» (write `null`)
        "#{a: 1}" => formula.syntax: `#{…}` is not supported in a formula at «#»
        "|x| x + 1" => formula.syntax: `|` is not expected here at «|» (write `||` for or)
        "let x = 1" => formula.syntax: `x` is not expected here at «x»
        "f!(1)" => formula.syntax: a function name has no `!` at «f»
        "1; 2" => formula.syntax: `;` is not expected here at «;» (a formula is one expression)
        "{ 1 }" => formula.syntax: `{` is not expected here at «{»
        "while true { }" => formula.syntax: `true` is not expected here at «true»
        "IF（a，b）" => formula.syntax: `（` is a full-width character at «（» (write `(`)
        "\"abc" => formula.syntax: this text has no closing quote on its line at «"abc»
        "1..3" => formula.syntax: `..` is not expected here at «.» (write `x >= from && x <= to`)
        "a and b" => formula.syntax: `and` is not expected here at «and» (write `&&`, or `AND(a, b)`)
        "(1" => formula.syntax: `)` is missing before this place at «»
        "1)" => formula.syntax: `)` is not expected here at «)»
        "x." => formula.syntax: a name must follow the dot at «»
        "1 && a" => formula.syntax: `&&` and `||` join conditions, and this is not one at «1»
        "`${}`" => formula.syntax: `}` is not expected here at «}»
        "`${a" => formula.syntax: `{` is missing before this place at «»
        "`a" => formula.syntax: this text has no closing quote on its line at «`a»
        "a::b" => formula.syntax: `:` is not expected here at «:» (write `IF(condition, then, otherwise)`)
        "this" => this
        "eval(\"1\")" => (eval "1")«eval("1")»
        "99999999999999999999999999999999999999" => formula.syntax: `99999999999999999999999999999999999999` is not a number at «99999999999999999999999999999999999999»
        "\"\\q\"" => formula.syntax: `\q` means nothing inside a text at «q» (write `\\` for a backslash)
    "##]].assert_eq(&text);
}

#[test]
fn size_and_nesting_are_bounded_on_a_small_stack() {
    let run = || {
        let nested = |open: &str, close: &str, n: usize| format!("{}1{}", open.repeat(n), close.repeat(n));
        assert!(parse(&nested("(", ")", 60)).is_ok());
        assert!(parse(&nested("ABS(", ")", 60)).is_ok());
        assert!(parse(&nested("[", "]", 50)).is_ok());
        for source in [
            nested("(", ")", 65),
            nested("(", ")", 1_900),
            nested("ABS(", ")", 600),
            nested("[", "]", 1_900),
            nested("!", "", 3_000),
            nested("- ", "", 1_900),
            nested("1+", "", 1_900),
            nested("1?", "", 1_900),
            nested("`${", "}`", 900),
            nested("x??", "", 1_000),
            nested("a.", "", 1_900),
            nested("a==", "", 1_000),
            nested("ABS(a.", ")", 300),
            nested("ABS(", ")", 60).replace('1', &"a.".repeat(1_000)),
            nested("ABS(", ")", 60).replace('1', &"!".repeat(1_000)),
            nested("ABS(", ")", 60).replace('1', &"1+".repeat(1_000)),
            nested("!a.", "", 1_000),
            nested("a||b&&c==d<e+f*(", ")", 60),
            nested("a||b&&c==d<e+f*ABS(", ")", 60),
            nested("a.b(", ")", 60),
            "x".repeat(4_001),
        ] {
            assert!(parse(&source).is_err(), "{source}");
        }
        assert!(parse(&vec!["a == 1"; 150].join(" && ")).is_ok());
        assert!(parse(&vec!["a.b.c == 1"; 150].join(" && ")).is_ok());
        assert!(parse(&vec!["1"; 60].join(" + ")).is_ok());
    };
    std::thread::Builder::new().stack_size(3 << 19).spawn(run).unwrap().join().unwrap();
}

//! From source text to an untyped tree, through rhai's parser; the only module that knows rhai.
//!
//! rhai's statements, closures, loops and assignments are refused, and its words (`if`, `let`, `default` …) are handed back to
//! builders as names. Nothing rhai compiles is ever run. What its parser does not bound by itself is bounded here: the length
//! of the source, and the nesting of brackets, dots and signs.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use model::Decimal;
use rhai::{Expr, FnCallExpr, LexError, ParseError, ParseErrorType, Position, Stmt};

use crate::{Fault, limits};

mod engine;

use engine::{Nesting, engine};

/// Character offsets in the source: start, end.
pub(crate) type Span = (usize, usize);

/// A piece of source with its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Syntax {
    pub(crate) shape: Shape,
    pub(crate) span: Span,
}

/// What a piece of source is, before anything is known about names and types.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    Null,
    Bool(bool),
    Int(i64),
    Decimal(Decimal),
    Text(String),
    Interpolated(Vec<Syntax>),
    /// `a.b.c`: never empty.
    Name(Vec<(String, Span)>),
    Call(String, Vec<Syntax>),
    Unary(Unary, Box<Syntax>),
    Binary(Binary, Box<Syntax>, Box<Syntax>),
    And(Vec<Syntax>),
    Or(Vec<Syntax>),
    Coalesce(Vec<Syntax>),
    In(Box<Syntax>, Box<Syntax>),
    List(Vec<Syntax>),
}

/// Operators with one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unary {
    Plus,
    Minus,
    Not,
}

/// Operators with two sides, except those that need not look at both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Binary {
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    fn parse(symbol: &str) -> Option<Self> {
        Some(match symbol {
            "+" => Self::Add,
            "-" => Self::Subtract,
            "*" => Self::Multiply,
            "/" => Self::Divide,
            "%" => Self::Remainder,
            "==" => Self::Equal,
            "!=" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            _ => return None,
        })
    }
}

/// Reads a source text.
pub(crate) fn parse(source: &str) -> Result<Syntax, Fault> {
    let text = Source::new(source);
    let whole = (0, text.characters.len());
    if text.characters.len() > limits::SOURCE {
        return Err(Fault::new(
            "formula.too-long",
            whole,
            format!("a formula has at most {} characters", limits::SOURCE),
        )
        .help("move a part of it into a computed field"));
    }
    if source.trim().is_empty() {
        return Err(Fault::new("formula.empty", whole, "the formula is empty"));
    }
    let nesting = Arc::new(Nesting::default());
    let engine = engine(nesting.clone());
    // rhai states some of its invariants with `unreachable!`; a source that breaks one is a fault like any other.
    let parsed = catch_unwind(AssertUnwindSafe(|| engine.compile_expression(source)));
    if nesting.exceeded() {
        return Err(too_deep(whole));
    }
    let ast = parsed
        .map_err(|_| Fault::new("formula.syntax", whole, "this cannot be read as a formula"))?
        .map_err(|error| text.refuse(&error))?;
    match ast.statements() {
        [Stmt::Expr(expr)] => text.walk(expr, 0),
        [Stmt::FnCall(call, position)] => text.call(call, *position, 0),
        _ => Err(Fault::new("formula.syntax", whole, "this is not an expression")),
    }
}

/// The source as characters, to turn rhai's lines and columns into offsets.
struct Source {
    characters: Vec<char>,
    lines: Vec<usize>,
}

impl Source {
    fn new(source: &str) -> Self {
        let characters: Vec<char> = source.chars().collect();
        let starts = characters.iter().enumerate().filter(|(_, c)| **c == '\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(starts).collect();
        Self { characters, lines }
    }

    fn at(&self, offset: usize) -> Option<char> {
        self.characters.get(offset).copied()
    }

    fn offset(&self, position: Position) -> usize {
        let line = position.line().unwrap_or(1).saturating_sub(1);
        let start = self.lines.get(line).copied().unwrap_or(self.characters.len());
        (start + position.position().unwrap_or(1).saturating_sub(1)).min(self.characters.len())
    }

    /// The token that starts at an offset: a name, a number, a quoted text or one character.
    fn token(&self, start: usize) -> Span {
        let rest = self.characters.get(start..).unwrap_or_default();
        let length = match rest.first() {
            None => 0,
            Some(quote @ ('"' | '\'' | '`')) => {
                let mut escaped = false;
                let close = rest.iter().skip(1).position(|c| {
                    let ends = c == quote && !escaped;
                    escaped = *c == '\\' && !escaped;
                    ends
                });
                close.map_or(rest.len(), |close| close + 2)
            }
            Some(c) if c.is_ascii_digit() || *c == '-' => {
                let blanks = rest.iter().skip(1).take_while(|next| *c == '-' && **next == ' ').count();
                let digits = rest.iter().skip(1 + blanks);
                1 + blanks + digits.take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '_')).count()
            }
            Some(c) if c.is_alphabetic() || *c == '_' => {
                rest.iter().take_while(|c| c.is_alphanumeric() || **c == '_').count()
            }
            Some(_) => 1,
        };
        let mut end = start + length;
        while end > start + 1 && self.at(end - 1) == Some(' ') {
            end -= 1;
        }
        (start, end)
    }

    /// The end of a list of arguments or items: past the bracket that closes it.
    fn closing(&self, from: usize, bracket: char) -> usize {
        let rest = self.characters.get(from..).unwrap_or_default();
        rest.iter().position(|c| *c == bracket).map_or(from, |at| from + at + 1)
    }

    fn walk(&self, expr: &Expr, depth: usize) -> Result<Syntax, Fault> {
        let span = self.token(self.offset(expr.start_position()));
        if depth > limits::DEPTH {
            return Err(too_deep(span));
        }
        let depth = depth + 1;
        let leaf = |shape| Ok(Syntax { shape, span });
        match expr {
            Expr::BoolConstant(flag, _) => leaf(Shape::Bool(*flag)),
            Expr::IntegerConstant(number, _) => leaf(Shape::Int(*number)),
            Expr::StringConstant(text, _) => leaf(Shape::Text(text.to_string())),
            Expr::CharConstant(c, _) => leaf(Shape::Text(c.to_string())),
            Expr::DynamicConstant(value, _) => match value.as_decimal() {
                Ok(number) => leaf(Shape::Decimal(number)),
                Err(_) => Err(Fault::new("formula.syntax", span, "this literal is not supported")),
            },
            Expr::Variable(name, _, _) if name.1 == "null" => leaf(Shape::Null),
            Expr::Variable(name, _, _) => leaf(Shape::Name(vec![(name.1.to_string(), span)])),
            Expr::Dot(..) => self.dotted(expr),
            Expr::FnCall(call, position) => self.call(call, *position, depth),
            Expr::And(items, _) => self.chain(items, depth, Shape::And),
            Expr::Or(items, _) => self.chain(items, depth, Shape::Or),
            Expr::Coalesce(items, _) => self.chain(items, depth, Shape::Coalesce),
            Expr::Array(items, position) => {
                let start = self.offset(*position);
                let items = self.all(items, depth)?;
                let end = self.closing(items.last().map_or(start, |item| item.span.1), ']');
                Ok(Syntax { shape: Shape::List(items), span: (start, end) })
            }
            Expr::InterpolatedString(parts, _) => leaf(Shape::Interpolated(self.all(parts, depth)?)),
            Expr::Stmt(block) => match block.statements() {
                [Stmt::Expr(expr)] => self.walk(expr, depth),
                [Stmt::FnCall(call, position)] => self.call(call, *position, depth),
                _ => Err(Fault::new("formula.syntax", span, "`${…}` holds exactly one expression")),
            },
            Expr::Index(..) => Err(Fault::new("formula.syntax", span, "items of a list are not read with `[…]`")
                .help("write `AT(list, 1)` for the first item")),
            Expr::Map(..) => Err(Fault::new("formula.syntax", span, "`#{…}` is not supported in a formula")),
            Expr::Unit(_) => Err(Fault::new("formula.syntax", span, "`()` is not a value").help("write `null`")),
            _ => Err(Fault::new("formula.syntax", span, "this is not supported in a formula")),
        }
    }

    fn all(&self, items: &[Expr], depth: usize) -> Result<Vec<Syntax>, Fault> {
        items.iter().map(|item| self.walk(item, depth)).collect()
    }

    fn chain(&self, items: &[Expr], depth: usize, shape: fn(Vec<Syntax>) -> Shape) -> Result<Syntax, Fault> {
        let items = self.all(items, depth)?;
        let span = (items.first().map_or(0, |item| item.span.0), items.last().map_or(0, |item| item.span.1));
        Ok(Syntax { shape: shape(items), span })
    }

    /// `a.b.c`, which rhai nests to the right.
    fn dotted(&self, expr: &Expr) -> Result<Syntax, Fault> {
        let mut names = Vec::new();
        let mut rest = expr;
        loop {
            let (part, next) = match rest {
                Expr::Dot(pair, flags, position) => {
                    if !(flags.is_empty() || flags.bits() == rhai::ASTFlags::BREAK.bits()) {
                        let span = self.token(self.offset(*position));
                        return Err(Fault::new("formula.syntax", span, "`?.` is not needed")
                            .help("write `.`: what a missing record has is null"));
                    }
                    (&pair.lhs, Some(&pair.rhs))
                }
                other => (other, None),
            };
            let span = self.token(self.offset(part.start_position()));
            match part {
                Expr::Variable(name, _, _) => names.push((name.1.to_string(), span)),
                Expr::Property(name, _) => names.push((name.2.to_string(), span)),
                Expr::MethodCall(call, _) => {
                    let name = call.name.to_uppercase();
                    return Err(Fault::new("formula.syntax", span, "functions are not called with a dot")
                        .help(format!("write `{name}(value, …)`")));
                }
                Expr::FnCall(..) => {
                    return Err(Fault::new("formula.syntax", span, "a dot follows the name of a reference only"));
                }
                _ => return Err(Fault::new("formula.syntax", span, "a dot joins names only")),
            }
            match next {
                Some(next) => rest = next,
                None => break,
            }
        }
        let span = (names.first().map_or(0, |name| name.1.0), names.last().map_or(0, |name| name.1.1));
        Ok(Syntax { shape: Shape::Name(names), span })
    }

    fn call(&self, call: &FnCallExpr, position: Position, depth: usize) -> Result<Syntax, Fault> {
        let start = self.offset(position);
        if depth > limits::DEPTH {
            return Err(too_deep(self.token(start)));
        }
        if call.capture_parent_scope {
            return Err(Fault::new("formula.syntax", self.token(start), "a function name has no `!`"));
        }
        let mut args = self.all(&call.args, depth)?;
        // `in` arrives as a call of `contains` with swapped sides; only the source tells it from a call written as such.
        let written = self.token(start);
        let keyword: String = self.characters.get(written.0..written.1).unwrap_or_default().iter().collect();
        let is_in = call.name == "contains" && (keyword == "in" || keyword == "!");
        if call.is_operator_call() || is_in {
            let right = args.pop();
            return match (args.pop(), right) {
                (Some(list), Some(item)) if is_in => {
                    let span = (item.span.0, list.span.1);
                    Ok(Syntax { shape: Shape::In(Box::new(item), Box::new(list)), span })
                }
                (Some(left), Some(right)) => {
                    let span = (left.span.0, right.span.1);
                    let operator = Binary::parse(&call.name).ok_or_else(|| unknown_operator(&call.name, written))?;
                    Ok(Syntax { shape: Shape::Binary(operator, Box::new(left), Box::new(right)), span })
                }
                (None, Some(only)) => {
                    let operator = match call.name.as_str() {
                        "-" => Unary::Minus,
                        "+" => Unary::Plus,
                        "!" => Unary::Not,
                        other => return Err(unknown_operator(other, written)),
                    };
                    let span = (start.min(only.span.0), only.span.1);
                    Ok(Syntax { shape: Shape::Unary(operator, Box::new(only)), span })
                }
                _ => Err(Fault::new("formula.syntax", written, "an operator needs something to work on")),
            };
        }
        let end = self.closing(args.last().map_or(written.1, |last| last.span.1), ')');
        Ok(Syntax { shape: Shape::Call(call.name.to_string(), args), span: (start, end) })
    }

    /// rhai's complaint in a builder's words.
    fn refuse(&self, error: &ParseError) -> Fault {
        let mut start = self.offset(error.position());
        if matches!(*error.0, ParseErrorType::UnexpectedEOF) || error.position().is_none() {
            start = self.characters.len();
        }
        let span = self.token(start);
        if let Some(c) = self.at(start).and_then(full_width) {
            let written = self.at(start).unwrap_or(c);
            return Fault::new("formula.syntax", span, format!("`{written}` is a full-width character"))
                .help(format!("write `{c}`"));
        }
        let fault = |message: String| Fault::new("formula.syntax", span, message);
        let before = start.checked_sub(1).filter(|before| (self.at(*before), self.at(start)) == (Some('<'), Some('>')));
        match &*error.0 {
            _ if before.is_some() => unknown_operator("<>", (start - 1, span.1)),
            _ if self.at(start) == Some('\'') && self.at(start + 1) == Some('\'') => {
                fault("an empty text is written `\"\"`".into())
            }
            ParseErrorType::UnexpectedEOF => fault("the formula ends too early".into()),
            ParseErrorType::ExprTooDeep => too_deep(span),
            ParseErrorType::BadInput(LexError::UnterminatedString) => {
                fault("this text has no closing quote on its line".into())
            }
            ParseErrorType::BadInput(LexError::MalformedNumber(number)) => fault(format!("`{number}` is not a number")),
            ParseErrorType::BadInput(LexError::MalformedEscapeSequence(text)) => {
                fault(format!("`{text}` means nothing inside a text")).help("write `\\\\` for a backslash")
            }
            ParseErrorType::BadInput(LexError::UnexpectedInput(text) | LexError::ImproperSymbol(text, _))
            | ParseErrorType::UnknownOperator(text)
            | ParseErrorType::Reserved(text) => unknown_operator(text, span),
            ParseErrorType::MissingToken(token, _) => fault(format!("`{token}` is missing before this place")),
            ParseErrorType::MismatchedType(..) => fault("`&&` and `||` join conditions, and this is not one".into()),
            ParseErrorType::PropertyExpected => fault("a name must follow the dot".into()),
            _ => fault("this cannot be read as a formula".into()),
        }
    }
}

fn too_deep(span: Span) -> Fault {
    Fault::new("formula.too-deep", span, format!("a formula nests at most {} levels", limits::DEPTH))
        .help("move a part of it into a computed field")
}

fn unknown_operator(text: &str, span: Span) -> Fault {
    let help = match text {
        "=" => "write `==` to compare",
        "<>" | "===" | "!==" | "~=" => "write `==` or `!=` to compare",
        "&" => "write `&&` for and, `+` to join texts",
        "|" => "write `||` for or",
        "^" | "**" => "write `POWER(base, exponent)`",
        ".." | "..=" => "write `x >= from && x <= to`",
        ";" => "a formula is one expression",
        "?" | ":" => "write `IF(condition, then, otherwise)`",
        "and" | "AND" => "write `&&`, or `AND(a, b)`",
        "or" | "OR" => "write `||`, or `OR(a, b)`",
        _ => "",
    };
    let fault = Fault::new("formula.syntax", span, format!("`{text}` is not expected here"));
    if help.is_empty() { fault } else { fault.help(help) }
}

/// What an input method puts in place of a sign of the grammar.
fn full_width(c: char) -> Option<char> {
    Some(match c {
        '（' => '(',
        '）' => ')',
        '，' | '、' => ',',
        '“' | '”' => '"',
        '‘' | '’' => '\'',
        '＋' => '+',
        '－' | '−' => '-',
        '×' | '＊' => '*',
        '÷' | '／' => '/',
        '＝' => '=',
        '＞' => '>',
        '＜' => '<',
        '≥' | '≤' | '≠' => return None,
        '！' => '!',
        '％' => '%',
        '【' | '［' => '[',
        '】' | '］' => ']',
        '。' => '.',
        _ => return None,
    })
}

#[cfg(test)]
mod tests;

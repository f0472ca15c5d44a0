//! rhai set up as a parser of expressions: its statements refused, its words handed back as names, its recursion bounded.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
};

use rhai::{Engine, LexError, OptimizationLevel, Token};

use crate::limits;

// rhai counts every operator of a chain as a level, so a filter of many conditions needs more than `limits::DEPTH`; real
// nesting is held to that by `Nesting` while it reads and by the walk after.
const CHAIN: usize = 170;

// What brackets, dots and signs may cost together, in the frames they take on the stack while rhai reads them.
const BUDGET: usize = 3 * limits::DEPTH;

/// What rhai's parser recurses into without a bound that fits a small stack, counted token by token as it reads.
#[derive(Default)]
pub(super) struct Nesting {
    brackets: AtomicUsize,
    chained: AtomicUsize,
    after_value: AtomicBool,
    exceeded: AtomicBool,
}

impl Nesting {
    /// Whether the source was cut short.
    pub(super) fn exceeded(&self) -> bool {
        self.exceeded.load(Relaxed)
    }

    /// Passes a token on, or ends the text there.
    fn pass(&self, token: Token) -> Token {
        match token {
            Token::LeftParen | Token::LeftBracket | Token::LeftBrace | Token::MapStart | Token::QuestionBracket => {
                self.brackets.fetch_add(1, Relaxed);
            }
            Token::RightParen | Token::RightBracket | Token::RightBrace => {
                let less = self.brackets.load(Relaxed).saturating_sub(1);
                self.brackets.store(less, Relaxed);
            }
            Token::Period | Token::Elvis => {
                self.chained.fetch_add(2, Relaxed);
            }
            Token::Bang | Token::Minus | Token::UnaryMinus | Token::Plus | Token::UnaryPlus
                if !self.after_value.load(Relaxed) =>
            {
                self.chained.fetch_add(1, Relaxed);
            }
            // Outside brackets these end every chain.
            Token::And | Token::Or if self.brackets.load(Relaxed) == 0 => self.chained.store(0, Relaxed),
            _ => {}
        }
        let ends = matches!(token, Token::RightParen | Token::RightBracket | Token::Identifier(_) | Token::Reserved(_));
        let literal = matches!(
            token,
            Token::IntegerConstant(_) | Token::DecimalConstant(_) | Token::StringConstant(_) | Token::CharConstant(_)
        );
        self.after_value.store(ends || literal, Relaxed);
        if 3 * self.brackets.load(Relaxed) + self.chained.load(Relaxed) > BUDGET {
            self.exceeded.store(true, Relaxed);
        }
        if self.exceeded.load(Relaxed) { Token::EOF } else { plain(token) }
    }
}

/// A parser of expressions and nothing else.
pub(super) fn engine(nesting: Arc<Nesting>) -> Engine {
    let mut engine = Engine::new_raw();
    engine
        .set_optimization_level(OptimizationLevel::None)
        .set_max_expr_depths(CHAIN, CHAIN)
        .set_max_strings_interned(0)
        .set_allow_anonymous_fn(false)
        .set_allow_looping(false)
        .set_allow_if_expression(false)
        .set_allow_switch_expression(false)
        .set_allow_loop_expressions(false)
        .set_allow_statement_expression(false);
    // The attribute on this method says it is volatile, not that it is going away: a new rhai may break the build here.
    #[expect(deprecated, reason = "marked deprecated only to warn that its shape may change")]
    engine.on_parse_token(move |token, _, _| nesting.pass(token));
    engine
}

/// Hands rhai's words back as names, reads both kinds of quotes as text, and lets a minus be a minus wherever it stands.
fn plain(token: Token) -> Token {
    match token {
        Token::UnaryMinus => Token::Minus,
        Token::UnaryPlus => Token::Plus,
        Token::CharConstant(c) => Token::StringConstant(Box::new(c.to_string().into())),
        Token::LexError(error) => match *error {
            LexError::MalformedChar(text) => Token::StringConstant(Box::new(text.into())),
            other => Token::LexError(Box::new(other)),
        },
        Token::Let
        | Token::Const
        | Token::If
        | Token::Else
        | Token::Switch
        | Token::Do
        | Token::While
        | Token::Until
        | Token::Loop
        | Token::For
        | Token::Fn
        | Token::Continue
        | Token::Break
        | Token::Return
        | Token::Throw
        | Token::Try
        | Token::Catch
        | Token::Private => Token::Identifier(Box::new(token.to_string().into())),
        Token::Reserved(word) if word.chars().all(|c| c.is_alphanumeric() || c == '_') => Token::Identifier(word),
        token => token,
    }
}

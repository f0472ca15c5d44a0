//! The kinds of refusal: status, stable name, and title in both languages.

use axum::http::StatusCode;
use model::Locale;

/// Which refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A parameter, header or body that cannot be read.
    BadRequest,
    /// Nobody is signed in.
    SignInNeeded,
    /// Login or password are wrong.
    WrongPassword,
    /// The password was right; the code of a second factor must come with it.
    CodeNeeded,
    /// The code is wrong, or was used before.
    WrongCode,
    /// A passkey's answer is not right.
    WrongPasskey,
    /// The act needs a fresh proof of who is sitting there.
    ProofNeeded,
    /// The password must be changed before anything else.
    PasswordDue,
    /// A second factor must be set up before anything else.
    FactorDue,
    /// No grant allows it.
    Denied,
    /// Administration from an address that the rules do not let in.
    WrongPlace,
    /// Over plain HTTP, at an address that others reach.
    PlainHttp,
    /// Nothing is changed while looking at what somebody else sees.
    Looking,
    /// The request does not prove that it comes from our own pages.
    Forgery,
    /// There is nothing there, or nothing the caller may see.
    NotFound,
    /// The address is there, the method is not.
    MethodNotAllowed,
    /// The same request is still being carried out.
    Conflict,
    /// The process does not take what was done.
    CaseRefused,
    /// Somebody else changed the record meanwhile.
    Stale,
    /// The body is larger than allowed.
    TooLarge,
    /// The body is of a type the address does not take.
    MediaType,
    /// Values the app's rules refuse.
    Invalid,
    /// An idempotency key used for another request before.
    KeyReused,
    /// There are more rows to go through than can be in the time there is.
    TooManyRows,
    /// Too many tries.
    TooMany,
    /// Something failed inside.
    Internal,
    /// The app was published anew while the request ran, again and again.
    NewEdition,
    /// It took too long.
    Timeout,
    /// Not ready to serve.
    Unready,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 29] = [
        Self::BadRequest,
        Self::SignInNeeded,
        Self::WrongPassword,
        Self::CodeNeeded,
        Self::WrongCode,
        Self::WrongPasskey,
        Self::ProofNeeded,
        Self::PasswordDue,
        Self::FactorDue,
        Self::Denied,
        Self::WrongPlace,
        Self::PlainHttp,
        Self::Looking,
        Self::Forgery,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Conflict,
        Self::CaseRefused,
        Self::Stale,
        Self::TooLarge,
        Self::MediaType,
        Self::Invalid,
        Self::KeyReused,
        Self::TooManyRows,
        Self::TooMany,
        Self::Internal,
        Self::NewEdition,
        Self::Timeout,
        Self::Unready,
    ];

    /// The HTTP status.
    pub fn status(self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::SignInNeeded
            | Self::WrongPassword
            | Self::CodeNeeded
            | Self::WrongCode
            | Self::WrongPasskey
            | Self::ProofNeeded => StatusCode::UNAUTHORIZED,
            Self::Denied
            | Self::WrongPlace
            | Self::PlainHttp
            | Self::Looking
            | Self::Forgery
            | Self::PasswordDue
            | Self::FactorDue => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict | Self::CaseRefused => StatusCode::CONFLICT,
            Self::Stale => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            // Asked again it takes as long: what is wrong with it is how much it asks for.
            Self::Invalid | Self::KeyReused | Self::TooManyRows => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NewEdition | Self::Timeout | Self::Unready => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The last part of its type, `tag:loam,2026:<slug>`; never changes.
    pub fn slug(self) -> &'static str {
        match self {
            Self::BadRequest => "bad-request",
            Self::SignInNeeded => "sign-in-needed",
            Self::WrongPassword => "wrong-password",
            Self::CodeNeeded => "code-needed",
            Self::WrongCode => "wrong-code",
            Self::WrongPasskey => "wrong-passkey",
            Self::ProofNeeded => "proof-needed",
            Self::PasswordDue => "password-due",
            Self::FactorDue => "factor-due",
            Self::Denied => "denied",
            Self::WrongPlace => "wrong-place",
            Self::PlainHttp => "plain-http",
            Self::Looking => "looking",
            Self::Forgery => "forgery",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::Conflict => "conflict",
            Self::CaseRefused => "case-refused",
            Self::Stale => "stale",
            Self::TooLarge => "too-large",
            Self::MediaType => "media-type",
            Self::Invalid => "invalid",
            Self::KeyReused => "key-reused",
            Self::TooManyRows => "too-many-rows",
            Self::TooMany => "too-many",
            Self::Internal => "internal",
            Self::NewEdition => "new-edition",
            Self::Timeout => "timeout",
            Self::Unready => "unready",
        }
    }

    /// What people read first.
    pub fn title(self, locale: Locale) -> &'static str {
        let (zh, en) = match self {
            Self::BadRequest => ("请求无法识别", "The request cannot be read"),
            Self::SignInNeeded => ("请先登录", "Please sign in first"),
            Self::WrongPassword => ("账号或密码不正确", "Login or password are wrong"),
            Self::CodeNeeded => ("请输入验证码", "The code of your authenticator app is needed"),
            Self::WrongCode => ("验证码不正确或已用过", "The code is wrong, or was used before"),
            Self::WrongPasskey => ("通行密钥未通过验证，请再试一次", "The passkey was not accepted; please try again"),
            Self::ProofNeeded => ("此操作需要重新验证身份", "Please prove again who you are for this"),
            Self::PasswordDue => ("请先修改密码", "Please change your password first"),
            Self::FactorDue => ("请先设置两步验证", "Please set up a second factor first"),
            Self::Denied => ("没有权限", "You are not allowed to do this"),
            Self::WrongPlace => {
                ("管理员账号不能从当前网络地址使用", "Administrators cannot work from this network address")
            }
            Self::PlainHttp => (
                "此地址只能通过 HTTPS 使用，请联系系统管理员",
                "This address is used over HTTPS only; please ask your administrator",
            ),
            Self::Looking => {
                ("正以他人身份查看，不能修改", "Nothing can be changed while looking at what somebody else sees")
            }
            Self::Forgery => ("页面已过期，请刷新后重试", "This page has expired; reload it and try again"),
            Self::NotFound => ("找不到，或没有查看权限", "Not found, or not yours to see"),
            Self::MethodNotAllowed => ("不支持这种请求方式", "This method is not supported here"),
            Self::CaseRefused => ("流程不接受此操作", "The process does not take this"),
            Self::Conflict => ("相同的请求正在处理", "The same request is being carried out"),
            Self::Stale => ("内容已被他人修改", "Somebody else has changed this meanwhile"),
            Self::TooLarge => ("提交的内容太大", "What was sent is too large"),
            Self::MediaType => ("不支持这种内容类型", "This content type is not supported here"),
            Self::Invalid => ("有内容需要修改", "Some values need to be changed"),
            Self::KeyReused => ("幂等键已用于另一个请求", "The idempotency key was used for another request"),
            Self::TooManyRows => (
                "数据量太大，无法及时算出。请筛选或缩短期间后再试",
                "There are too many rows to go through; narrow this by a filter or a shorter period",
            ),
            Self::TooMany => ("尝试次数过多，请稍后再试", "Too many tries; please wait a little"),
            Self::Internal => ("系统出错了", "Something went wrong on our side"),
            Self::NewEdition => ("应用正在更新，请重试", "The app is being updated; please try again"),
            Self::Timeout => ("处理超时，请缩小范围后再试", "This took too long; ask for less, or try again later"),
            Self::Unready => ("服务尚未就绪", "Not ready to serve yet"),
        };
        match locale {
            Locale::ZhCn => zh,
            Locale::En => en,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_has_its_own_name() {
        let slugs: BTreeSet<&str> = Kind::ALL.into_iter().map(Kind::slug).collect();
        assert_eq!(slugs.len(), Kind::ALL.len());
    }
}

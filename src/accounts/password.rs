//! Passwords: what is accepted, and argon2id with its standard cost. Never inside a transaction: a hash takes long.

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};

use crate::error::{Error, Result};

/// A hashed password in PHC form, as stored.
#[derive(Debug, Clone)]
pub struct Hashed(pub(super) String);

/// Checks a new password and hashes it. Problems concern the field `password`; `hints` are words it must not be
/// made of (name, address).
pub fn hash_password(password: &str, hints: &[&str]) -> Result<Hashed> {
    let length = password.chars().count();
    if length < 10 {
        return Err(Error::invalid("password", "Use at least 10 characters. A few unrelated words make a good one."));
    }
    if length > 200 {
        return Err(Error::invalid("password", "Use at most 200 characters."));
    }
    if zxcvbn::zxcvbn(password, hints).score() < zxcvbn::Score::Two {
        return Err(Error::invalid("password", "This is easily guessed. A few unrelated words make a good password."));
    }
    let hash =
        Argon2::default().hash_password(password.as_bytes()).map_err(|error| Error::internal(error.to_string()))?;
    Ok(Hashed(hash.to_string()))
}

/// Whether the password is the one of the hash. Without a hash, as much time passes as with one, so that an
/// answer's delay doesn't tell which addresses have accounts.
pub(super) fn verify(password: &str, hash: Option<&str>) -> bool {
    use std::sync::LazyLock;
    static NOBODY: LazyLock<String> = LazyLock::new(|| {
        Argon2::default().hash_password(b"nobody at all").map(|hash| hash.to_string()).unwrap_or_default()
    });
    let matches = PasswordHash::new(hash.unwrap_or(&NOBODY))
        .is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok());
    matches && hash.is_some()
}

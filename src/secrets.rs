//! Random keys and their hashes: what is handed out is never what is stored; and hashes as text.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// A fresh key of 256 random bits, safe in URLs.
pub fn key() -> String {
    let mut bytes = [0u8; 32];
    // Without the system's randomness nothing here is safe: stopping is the only right answer.
    getrandom::fill(&mut bytes).expect("the operating system gives no random numbers");
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Bytes in hexadecimal, small letters.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash under which a key is stored. Keys are random, so a plain hash is enough.
pub fn key_hash(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(key.as_bytes()))
}

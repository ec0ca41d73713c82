//! Sizes and compression of bodies: spec 01, section 2.

use crate::fixture::films;
use crate::harness::{TestGraph, TestServer};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;

const MIB: usize = 1 << 20;

/// A gzip file of stored blocks.
fn gzip(content: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let blocks = content.chunks(0xffff).count();
    for (i, block) in content.chunks(0xffff).enumerate() {
        let len = block.len() as u16;
        out.push(u8::from(i + 1 == blocks));
        out.extend_from_slice(&len.to_le_bytes());
        out.extend_from_slice(&(!len).to_le_bytes());
        out.extend_from_slice(block);
    }
    out.extend_from_slice(&crc32fast::hash(content).to_le_bytes());
    out.extend_from_slice(&(content.len() as u32).to_le_bytes());
    out
}

/// A gzip file that unpacks to `len` spaces and is some six hundred times smaller: one literal, then as many
/// copies of 258 bytes at distance 1 as it takes, in the code that the format fixes. It has no checksum.
fn gzip_bomb(len: usize) -> Vec<u8> {
    let mut bits = Bits { out: vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255], held: 0, count: 0 };
    bits.low_first(1, 1);
    bits.low_first(1, 2);
    // A space is 0x30 + 0x20 in eight bits, length 258 is 11000101, distance 1 is 00000.
    bits.high_first(0x50, 8);
    for _ in 0..len / 258 {
        bits.high_first(0b1100_0101, 8);
        bits.high_first(0, 5);
    }
    bits.high_first(0, 7);
    bits.low_first(0, 7);
    bits.out
}

struct Bits {
    out: Vec<u8>,
    held: u8,
    count: u8,
}

impl Bits {
    fn push(&mut self, bit: bool) {
        self.held |= u8::from(bit) << self.count;
        self.count += 1;
        if self.count == 8 {
            self.out.push(std::mem::take(&mut self.held));
            self.count = 0;
        }
    }

    fn low_first(&mut self, value: u32, bits: u32) {
        for i in 0..bits {
            self.push(value >> i & 1 == 1);
        }
    }

    fn high_first(&mut self, value: u32, bits: u32) {
        for i in (0..bits).rev() {
            self.push(value >> i & 1 == 1);
        }
    }
}

/// Posts a body and reads the answer while it is still sending, as the server may answer before the end.
fn post_raw(s: &TestServer, g: &TestGraph<'_>, encoding: &str, body: Vec<u8>) -> (u16, Value) {
    let host = s.url().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&host).expect("a connection");
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nConnection: close\r\n{encoding}Content-Length: {}\r\n\r\n",
        g.path("/vertices"),
        body.len()
    );
    let mut writer = stream.try_clone().expect("a second handle");
    let sending = std::thread::spawn(move || {
        // A server that has answered need not take the rest.
        _ = writer.write_all(head.as_bytes()).and_then(|()| writer.write_all(&body));
    });
    let mut answer = Vec::new();
    let mut chunk = [0; 4096];
    // A reset after the answer is no fault: what came before it counts.
    while let Ok(n @ 1..) = stream.read(&mut chunk) {
        answer.extend_from_slice(&chunk[..n]);
    }
    sending.join().expect("a sender");
    let text = String::from_utf8_lossy(&answer);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text}"));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    (status, serde_json::from_str(body).unwrap_or_else(|e| panic!("{e}: {text}")))
}

/// A zstd frame of one raw block; `content` has at most 255 bytes.
fn zstd(content: &[u8]) -> Vec<u8> {
    const SINGLE_SEGMENT: u8 = 0x20;
    const LAST_BLOCK: u32 = 1;
    let len = u8::try_from(content.len()).expect("a short content");
    let mut out = vec![0x28, 0xb5, 0x2f, 0xfd, SINGLE_SEGMENT, len];
    out.extend_from_slice(&(LAST_BLOCK | u32::from(len) << 3).to_le_bytes()[..3]);
    out.extend_from_slice(content);
    out
}

/// A vertex whose body has this many bytes, most of them spaces.
fn padded(id: &str, len: usize) -> Vec<u8> {
    let mut body = json!({"vertex": id}).to_string().into_bytes();
    body.resize(len, b' ');
    body
}

fn check_too_large((status, body): (u16, Value)) {
    assert_eq!((status, &body["errorCode"]), (413, &json!("GES.8000")), "{body}");
    assert!(body["errorMessage"].as_str().is_some_and(|m| m.contains("64 MiB")), "{body}");
}

#[test]
fn c01_04_a_body_over_64_mib_is_413() {
    let s = TestServer::start();
    let g = films(&s);
    check_too_large(post_raw(&s, &g, "", padded("a", 65 * MIB)));
    let (status, body) = post_raw(&s, &g, "", padded("b", 64 * MIB));
    assert_eq!(status, 200, "{body}");
    assert!(g.vertex("a").is_null() && !g.vertex("b").is_null());
}

#[test]
fn c01_04_a_gzip_body_is_accepted_and_a_bomb_is_not() {
    let s = TestServer::start();
    let g = films(&s);
    let (status, body) = post_raw(&s, &g, "Content-Encoding: gzip\r\n", gzip(&padded("zipped", MIB)));
    assert_eq!(status, 200, "{body}");
    assert!(!g.vertex("zipped").is_null());
    let bomb = gzip_bomb(100 * MIB);
    assert!(bomb.len() < MIB);
    check_too_large(post_raw(&s, &g, "Content-Encoding: gzip\r\n", bomb));
    check_too_large(post_raw(&s, &g, "Content-Encoding: gzip\r\n", gzip(&padded("c", 65 * MIB))));
    let (status, body) = post_raw(&s, &g, "Content-Encoding: gzip\r\n", b"no gzip".to_vec());
    assert_eq!((status, &body["errorCode"]), (400, &json!("GES.8000")), "{body}");
}

#[test]
fn c01_04_a_zstd_body_is_accepted_and_answers_are_compressed_on_request() {
    let s = TestServer::start();
    let g = films(&s);
    let (status, body) = post_raw(&s, &g, "Content-Encoding: zstd\r\n", zstd(&padded("zipped", 200)));
    assert_eq!(status, 200, "{body}");
    assert!(!g.vertex("zipped").is_null());
    let plain = g.get("/schema");
    assert!(!plain.headers.contains_key("Content-Encoding") && plain.body.starts_with(b"{"));
    let packed = s.send("GET", &g.path("/schema"), &[("Accept-Encoding", "gzip")], None);
    assert_eq!(packed.headers["Content-Encoding"], "gzip");
    assert!(packed.body.starts_with(&[0x1f, 0x8b]) && packed.body.len() < plain.body.len());
}

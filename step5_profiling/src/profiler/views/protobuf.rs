//! Writes Protocol Buffers messages (<https://protobuf.dev/programming-guides/encoding/>). It
//! supports numbers, strings and messages, because a pprof file needs nothing else.
//!
//! The crate `prost` supports everything, but would add six crates to the first build.

/// A message, field by field.
#[derive(Clone, Default)]
pub struct Message(Vec<u8>);

/// How a field's value is encoded.
const VARINT: u32 = 0;
const LENGTH_DELIMITED: u32 = 2;

impl Message {
    /// Adds a number. Zero is the default, so it is not written.
    pub fn number(mut self, field: u32, value: u64) -> Self {
        if value != 0 {
            self.varint((field << 3 | VARINT).into());
            self.varint(value);
        }
        self
    }

    /// Adds a list of numbers.
    pub fn numbers(self, field: u32, values: impl IntoIterator<Item = u64>) -> Self {
        let mut list = Self::default();
        values.into_iter().for_each(|value| list.varint(value));
        self.message(field, &list)
    }

    /// Adds a string.
    pub fn text(mut self, field: u32, text: &str) -> Self {
        self.bytes(field, text.as_bytes());
        self
    }

    /// Adds a message.
    pub fn message(mut self, field: u32, message: &Self) -> Self {
        self.bytes(field, &message.0);
        self
    }

    /// The encoded message.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn bytes(&mut self, field: u32, bytes: &[u8]) {
        self.varint((field << 3 | LENGTH_DELIMITED).into());
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
    }

    /// Seven bits for each byte, the lowest first. The highest bit of a byte says that another byte
    /// follows.
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the specification.
    #[test]
    fn a_message_is_written_as_the_specification_says() {
        assert_eq!(Message::default().number(1, 150).into_bytes(), [0x08, 0x96, 0x01]);
        let text = Message::default().text(2, "testing").into_bytes();
        assert_eq!(text, [&[0x12, 0x07][..], b"testing"].concat());
        let inner = Message::default().number(1, 150);
        let outer = Message::default().message(3, &inner).into_bytes();
        assert_eq!(outer, [0x1a, 0x03, 0x08, 0x96, 0x01]);
        let list = Message::default().numbers(6, [3, 270, 86942]).into_bytes();
        assert_eq!(list, [0x32, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05]);
        assert_eq!(Message::default().number(1, 0).into_bytes(), [0_u8; 0]);
    }
}

#include "base/base64.h"

#include <cstdint>

namespace spokelab {

namespace {

constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode(std::string_view bytes, std::string_view alphabet, bool pad) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8 | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      if (at + i <= bytes.size()) {
        text += alphabet[bits >> (18 - 6 * i) & 63];
      } else if (pad) {
        text += '=';
      }
    }
  }
  return text;
}

/// The digits of one alphabet up to an unfinished group, whose digits are left in `bits` and
/// `digits`.
struct Decoder {
  explicit Decoder(std::string_view letters) : alphabet(letters) {}
  std::string_view alphabet;
  std::string bytes;
  std::uint32_t bits = 0;
  std::size_t digits = 0;

  bool take(char letter) {
    const auto value = alphabet.find(letter);
    if (value == std::string_view::npos) return false;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    if (++digits < 4) return true;
    for (int shift = 16; shift >= 0; shift -= 8) bytes += static_cast<char>(bits >> shift & 255);
    bits = 0;
    digits = 0;
    return true;
  }
  /// The one or two bytes of a last group of two or three digits.
  void finish() {
    if (digits >= 2) bytes += static_cast<char>(bits >> (digits == 2 ? 4 : 10) & 255);
    if (digits == 3) bytes += static_cast<char>(bits >> 2 & 255);
  }
};

bool is_line_break(char c) { return c == '\n' || c == '\r'; }

}  // namespace

std::string base64(std::string_view bytes) { return encode(bytes, kStandard, true); }
std::string base64_url(std::string_view bytes) { return encode(bytes, kUrl, false); }

std::optional<std::string> from_base64(std::string_view text, std::size_t* wrong_at) {
  const auto wrong = [&](std::size_t at) {
    if (wrong_at != nullptr) *wrong_at = at;
    return std::nullopt;
  };
  Decoder decoder(kStandard);
  std::size_t at = 0;
  for (; at < text.size() && text[at] != '='; ++at) {
    if (!is_line_break(text[at]) && !decoder.take(text[at])) return wrong(at);
  }
  if (at == text.size()) {
    if (decoder.digits != 0) return wrong(at - decoder.digits);
    return std::move(decoder.bytes);
  }
  if (decoder.digits < 2) return wrong(at);
  std::size_t padding = 0;
  for (; at < text.size(); ++at) {
    if (is_line_break(text[at])) continue;
    if (text[at] != '=' || decoder.digits + padding == 4) return wrong(at);
    ++padding;
  }
  if (decoder.digits + padding != 4) return wrong(text.size());
  decoder.finish();
  return std::move(decoder.bytes);
}

std::optional<std::string> from_base64_url(std::string_view text) {
  Decoder decoder(kUrl);
  for (const char c : text) {
    if (!decoder.take(c)) return std::nullopt;
  }
  if (decoder.digits == 1) return std::nullopt;
  decoder.finish();
  return std::move(decoder.bytes);
}

}  // namespace spokelab

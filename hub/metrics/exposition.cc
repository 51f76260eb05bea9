#include "hub/metrics/exposition.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/check.h"

namespace spokelab::hub::metrics {

namespace {

/// In label values; HELP texts keep their quotes.
std::string escaped(std::string_view text, bool quotes) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
  return out;
}

const char* name_of(Type type) {
  switch (type) {
    case Type::counter:
      return "counter";
    case Type::gauge:
      return "gauge";
    case Type::histogram:
      break;
  }
  return "histogram";
}

/// `more`: a last label, le of a bucket.
std::string labels_text(const Labels& labels, std::string_view more = "") {
  std::string out;
  for (const auto& [name, value] : labels)
    out += fmt::format("{}{}=\"{}\"", out.empty() ? "" : ",", name, escaped(value, true));
  if (!more.empty()) out += fmt::format("{}{}", out.empty() ? "" : ",", more);
  return out.empty() ? "" : "{" + out + "}";
}

}  // namespace

std::uint64_t Distribution::count() const {
  std::uint64_t all = 0;
  for (const auto some : in_bucket) all += some;
  return all;
}

std::string label_name(std::string_view kubernetes) {
  std::string name = "label_";
  for (const char c : kubernetes) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    name += fits ? c : '_';
  }
  return name;
}

std::string number_text(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "+Inf" : "-Inf";
  if (number == 0) return std::signbit(number) ? "-0" : "0";
  std::array<char, 64> buffer;
  const auto scientific = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number,
                                        std::chars_format::scientific);
  const std::string_view shortest(buffer.data(),
                                  static_cast<std::size_t>(scientific.ptr - buffer.data()));
  const auto e = shortest.find('e');
  int exponent = 0;
  const auto* sign = shortest.data() + e + 1;
  std::from_chars(*sign == '+' ? sign + 1 : sign, shortest.data() + shortest.size(), exponent);
  // Go asks for six digits' worth when it decides, however many the shortest form has.
  constexpr int kPrecision = 6;
  if (exponent < -4 || exponent >= kPrecision) return std::string(shortest);
  const auto fixed =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::fixed);
  return {buffer.data(), fixed.ptr};
}

Labels Exposition::complete(Labels labels) const {
  labels.insert(labels.end(), common_.begin(), common_.end());
  std::sort(labels.begin(), labels.end());
  return labels;
}

void Exposition::family(std::string_view name, std::string_view help, Type type) {
  const auto known = families_.find(name);
  if (known != families_.end()) {
    SPOKELAB_CHECK(known->second.type == type);
    return;
  }
  Family family;
  family.help = std::string(help);
  family.type = type;
  families_.emplace(std::string(name), std::move(family));
}

void Exposition::sample(std::string_view family, Labels labels, double value) {
  const auto known = families_.find(family);
  SPOKELAB_CHECK(known != families_.end() && known->second.type != Type::histogram);
  known->second.values[complete(std::move(labels))] = value;
}

void Exposition::sample(std::string_view family, Labels labels, const Distribution& seen) {
  const auto known = families_.find(family);
  SPOKELAB_CHECK(known != families_.end() && known->second.type == Type::histogram);
  SPOKELAB_CHECK(seen.in_bucket.size() == seen.bounds.size() + 1);
  known->second.distributions[complete(std::move(labels))] = seen;
}

std::string Exposition::text() const {
  std::string out;
  for (const auto& [name, family] : families_) {
    if (family.values.empty() && family.distributions.empty()) continue;
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, escaped(family.help, false), name,
                       metrics::name_of(family.type));
    for (const auto& [labels, value] : family.values)
      out += fmt::format("{}{} {}\n", name, labels_text(labels), number_text(value));
    for (const auto& [labels, seen] : family.distributions) {
      std::uint64_t so_far = 0;
      for (std::size_t i = 0; i < seen.in_bucket.size(); ++i) {
        so_far += seen.in_bucket[i];
        const auto bound = i < seen.bounds.size() ? number_text(seen.bounds[i]) : "+Inf";
        out += fmt::format("{}_bucket{} {}\n", name,
                           labels_text(labels, fmt::format("le=\"{}\"", bound)), so_far);
      }
      out += fmt::format("{}_sum{} {}\n", name, labels_text(labels), number_text(seen.sum));
      out += fmt::format("{}_count{} {}\n", name, labels_text(labels), so_far);
    }
  }
  return out;
}

}  // namespace spokelab::hub::metrics

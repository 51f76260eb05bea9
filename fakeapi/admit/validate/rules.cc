// The shared rules.
#include "fakeapi/admit/validate/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>

namespace spokelab::fakeapi::validation {

std::string dotted(Path path) {
  std::string text;
  for (const auto part : path) text.append(text.empty() ? "" : ".").append(part);
  return text;
}

kube::StatusCause invalid_text(std::string field, std::string_view shown, std::string_view why) {
  return {"FieldValueInvalid", fmt::format("Invalid value: {}: {}", shown, why), std::move(field)};
}

kube::StatusCause too_long(std::string field, std::size_t most) {
  return {"FieldValueTooLong", fmt::format("Too long: may not be more than {} bytes", most),
          std::move(field)};
}

kube::StatusCause not_found_value(std::string field, const Json& value) {
  return {"FieldValueNotFound", fmt::format("Not found: {}", value.dump()), std::move(field)};
}

const Json& list_at(const Json& object, Path path) {
  static const Json none = Json::array();
  const Json* list = find(object, path);
  return list != nullptr && list->is_array() ? *list : none;
}

const Json& object_at(const Json& object, Path path) {
  static const Json none = Json::object();
  const Json* value = find(object, path);
  return value != nullptr && value->is_object() ? *value : none;
}

std::string go_texts(const Json& list) {
  std::string text;
  for (const Json& one : list) text += (text.empty() ? "" : ", ") + one.dump();
  return "[]string{" + text + "}";
}

std::string go_map(const Json* map) {
  if (map == nullptr || !map->is_object()) return "map[string]string(nil)";
  std::string text;
  for (auto it = map->begin(); it != map->end(); ++it)
    text += (text.empty() ? "" : ", ") + Json(it.key()).dump() + ":" + it->dump();
  return "map[string]string{" + text + "}";
}

std::string go_int_or_text(const Json& value) {
  const bool text = value.is_string();
  return fmt::format("intstr.IntOrString{{Type:{}, IntVal:{}, StrVal:{}}}", text ? 1 : 0,
                     text ? "0" : value.dump(), text ? value.dump() : "\"\"");
}

std::string go_selector(const Json& selector) {
  std::string needs;
  for (const Json& one : list_at(selector, {"matchExpressions"})) {
    const Json* values = find(one, {"values"});
    needs += fmt::format("{}v1.LabelSelectorRequirement{{Key:{}, Operator:{}, Values:{}}}",
                         needs.empty() ? "" : ", ", Json(text_at(one, {"key"})).dump(),
                         Json(text_at(one, {"operator"})).dump(),
                         values != nullptr ? go_texts(*values) : "[]string(nil)");
  }
  return fmt::format("v1.LabelSelector{{MatchLabels:{}, MatchExpressions:{}}}",
                     go_map(find(selector, {"matchLabels"})),
                     needs.empty() ? "[]v1.LabelSelectorRequirement(nil)"
                                   : "[]v1.LabelSelectorRequirement{" + needs + "}");
}

std::string go_quantity(const kube::Quantity& amount, bool printed) {
  std::int64_t value = amount.whole() ? amount.value() : amount.milli();
  int scale = amount.whole() ? 0 : -3;
  for (; scale < 0 && value % 10 == 0; ++scale) value /= 10;
  return fmt::format(
      "resource.Quantity{{i:resource.int64Amount{{value:{}, scale:{}}}, d:resource.infDecAmount"
      "{{Dec:(*inf.Dec)(nil)}}, s:{}, Format:\"{}\"}}",
      value, scale, printed || amount.whole() ? Json(amount.text()).dump() : "\"\"",
      amount.binary() ? "BinarySI" : "DecimalSI");
}

void require(Causes& causes, const Json& object, Path path, std::string_view why) {
  const Json* value = find(object, path);
  if (value == nullptr || value->is_null() || *value == "")
    causes.push_back(kube::required_value(dotted(path), why));
}

void not_negative(Causes& causes, const Json& object, Path path, const std::string& at) {
  const Json* value = find(object, path);
  if (value == nullptr || !value->is_number_integer() || value->get<std::int64_t>() >= 0) return;
  causes.push_back(kube::invalid_value((at.empty() ? "" : at + ".") + dotted(path), *value,
                                       "must be greater than or equal to 0"));
}

void one_of(Causes& causes, const Json& object, Path path, std::vector<std::string> allowed,
            const std::string& at) {
  const Json* value = find(object, path);
  if (value == nullptr || !value->is_string()) return;
  if (std::find(allowed.begin(), allowed.end(), value->get<std::string>()) != allowed.end()) return;
  causes.push_back(
      kube::not_supported((at.empty() ? "" : at + ".") + dotted(path), *value, std::move(allowed)));
}

void immutable(Causes& causes, const Json& object, const Json* old, Path path,
               std::string_view why) {
  if (old == nullptr) return;
  const Json* before = find(*old, path);
  const Json* after = find(object, path);
  const bool same = before == nullptr ? after == nullptr : after != nullptr && *before == *after;
  if (same) return;
  const Json now = after != nullptr ? *after : Json();
  const bool selector =
      now.is_object() && (now.contains("matchLabels") || now.contains("matchExpressions"));
  causes.push_back(selector ? invalid_text(dotted(path), go_selector(now), why)
                            : kube::invalid_value(dotted(path), now.is_null() ? "null" : now, why));
}

void name_rule(Causes& causes, const std::string& at, const std::string& value,
               const std::string& problem) {
  if (!problem.empty()) causes.push_back(kube::invalid_value(at, value, problem));
}

void check_label_key(Causes& causes, const std::string& at, const std::string& key) {
  name_rule(causes, at, key, kube::label_key_problem(key));
  if (key.empty() || key.back() == '/')
    name_rule(
        causes, at, key,
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start "
        "and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', "
        "regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')");
}

void check_no_backsteps(Causes& causes, const std::string& at, const std::string& path) {
  if (("/" + path + "/").find("/../") != std::string::npos)
    causes.push_back(kube::invalid_value(at, path, "must not contain '..'"));
}

void check_descending_path(Causes& causes, const std::string& at, const std::string& path) {
  if (path.starts_with('/'))
    causes.push_back(kube::invalid_value(at, path, "must be a relative path"));
  check_no_backsteps(causes, at, path);
}

void check_port(Causes& causes, const std::string& at, const Json& value) {
  if (!value.is_number_integer()) return;
  const auto port = value.get<std::int64_t>();
  if (port < 1 || port > 65535)
    causes.push_back(kube::invalid_value(at, value, "must be between 1 and 65535, inclusive"));
}

void check_port_name(Causes& causes, const std::string& at, const std::string& name) {
  if (name.size() > 15) name_rule(causes, at, name, "must be no more than 15 characters");
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  if (!std::all_of(name.begin(), name.end(), plain))
    name_rule(causes, at, name,
              "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  if (std::none_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; }))
    name_rule(causes, at, name, "must contain at least one letter (a-z)");
  if (name.find("--") != std::string::npos)
    name_rule(causes, at, name, "must not contain consecutive hyphens");
  if (!name.empty() && (name.front() == '-' || name.back() == '-'))
    name_rule(causes, at, name, "must not begin or end with a hyphen");
}

void check_percent(Causes& causes, const std::string& at, const Json* value, bool capped) {
  if (value == nullptr) return;
  if (value->is_number_integer()) {
    if (value->get<std::int64_t>() < 0)
      causes.push_back(kube::invalid_value(at, *value, "must be greater than or equal to 0"));
    return;
  }
  if (!value->is_string()) return;
  const auto& text = value->get_ref<const std::string&>();
  const bool digits =
      text.size() > 1 && text.size() <= 10 && text.back() == '%' &&
      std::all_of(text.begin(), text.end() - 1, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) {
    causes.push_back(invalid_text(
        at, go_int_or_text(*value),
        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or "
        "'93%', regex used for validation is '[0-9]+%')"));
  } else if (capped && std::stoll(text) > 100) {
    causes.push_back(invalid_text(at, go_int_or_text(*value), "must not be greater than 100%"));
  }
}

void check_labels(Causes& causes, const std::string& at, const Json* labels) {
  if (labels == nullptr || !labels->is_object()) return;
  for (auto it = labels->begin(); it != labels->end(); ++it) {
    name_rule(causes, at, it.key(), kube::label_key_problem(it.key()));
    if (it->is_string()) {
      const auto& value = it->get_ref<const std::string&>();
      name_rule(causes, at, value, kube::label_value_problem(value));
    }
  }
}

void check_label_selector(Causes& causes, const std::string& at, const Json* selector) {
  if (selector == nullptr) return;
  check_labels(causes, at + ".matchLabels", find(*selector, {"matchLabels"}));
  const Json& needs = list_at(*selector, {"matchExpressions"});
  for (std::size_t i = 0; i < needs.size(); ++i) {
    const std::string here = fmt::format("{}.matchExpressions[{}]", at, i);
    const std::string op = text_at(needs[i], {"operator"});
    const Json& values = list_at(needs[i], {"values"});
    if (op == "In" || op == "NotIn") {
      if (values.empty())
        causes.push_back(kube::required_value(
            here + ".values", "must be specified when `operator` is 'In' or 'NotIn'"));
    } else if (op == "Exists" || op == "DoesNotExist") {
      if (!values.empty())
        causes.push_back(kube::forbidden_value(
            here + ".values",
            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
    } else {
      causes.push_back(
          kube::invalid_value(here + ".operator", op, "not a valid selector operator"));
    }
    const std::string key = text_at(needs[i], {"key"});
    name_rule(causes, here + ".key", key, kube::label_key_problem(key));
    for (std::size_t j = 0; j < values.size(); ++j) {
      if (values[j].is_string())
        name_rule(causes, fmt::format("{}.values[{}]", here, j), values[j].get<std::string>(),
                  kube::label_value_problem(values[j].get<std::string>()));
    }
  }
}

bool is_ip(std::string_view text) {
  boost::system::error_code bad;
  boost::asio::ip::make_address(std::string(text), bad);
  return !bad;
}

bool is_cidr(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return false;
  boost::system::error_code bad;
  const auto address = boost::asio::ip::make_address(std::string(text.substr(0, slash)), bad);
  if (bad) return false;
  const auto bits = text.substr(slash + 1);
  int length = -1;
  const auto [end, wrong] = std::from_chars(bits.data(), bits.data() + bits.size(), length);
  return wrong == std::errc{} && end == bits.data() + bits.size() && length >= 0 &&
         length <= (address.is_v4() ? 32 : 128);
}

namespace {

/// The first bits of an address, as text of 0 and 1.
std::string bits_of(std::string_view range) {
  boost::system::error_code bad;
  const auto slash = range.find('/');
  const auto address = boost::asio::ip::make_address(std::string(range.substr(0, slash)), bad);
  std::string bits(address.is_v4() ? "4" : "6");
  const auto add = [&bits](const auto& bytes) {
    for (const unsigned byte : bytes)
      for (int i = 7; i >= 0; --i) bits += (byte >> i & 1U) != 0 ? '1' : '0';
  };
  if (address.is_v4())
    add(address.to_v4().to_bytes());
  else
    add(address.to_v6().to_bytes());
  std::size_t length = 0;
  const auto text = range.substr(slash + 1);
  std::from_chars(text.data(), text.data() + text.size(), length);
  return bits.substr(0, 1 + length);
}

}  // namespace

bool lies_within(std::string_view inner, std::string_view outer) {
  const std::string long_bits = bits_of(inner);
  const std::string short_bits = bits_of(outer);
  return long_bits.size() > short_bits.size() && long_bits.starts_with(short_bits);
}

void check_special_ip(Causes& causes, const std::string& at, const std::string& ip) {
  boost::system::error_code bad;
  const auto address = boost::asio::ip::make_address(ip, bad);
  if (bad) return causes.push_back(kube::invalid_value(at, ip, "must be a valid IP address"));
  const bool four = address.is_v4();
  if (address.is_unspecified())
    causes.push_back(kube::invalid_value(
        at, ip, fmt::format("may not be unspecified ({})", four ? "0.0.0.0" : "::")));
  if (address.is_loopback())
    causes.push_back(
        kube::invalid_value(at, ip, "may not be in the loopback range (127.0.0.0/8, ::1/128)"));
  const bool link =
      four ? (address.to_v4().to_uint() >> 16) == 0xA9FE : address.to_v6().is_link_local();
  if (link)
    causes.push_back(kube::invalid_value(
        at, ip, "may not be in the link-local range (169.254.0.0/16, fe80::/10)"));
  const bool many = four ? (address.to_v4().to_uint() >> 8) == 0xE00000
                         : address.to_v6().is_multicast_link_local();
  if (many)
    causes.push_back(kube::invalid_value(
        at, ip, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"));
}

void check_domain_path(Causes& causes, const std::string& at, const std::string& value) {
  if (value.empty()) {
    causes.push_back(kube::required_value(at, ""));
    return;
  }
  const auto slash = value.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == value.size()) {
    causes.push_back(
        kube::invalid_value(at, value, "must be a domain-prefixed path (such as \"acme.io/foo\")"));
    return;
  }
  const std::string host = value.substr(0, slash);
  name_rule(causes, at, host, kube::dns_subdomain_problem(host));
}

}  // namespace spokelab::fakeapi::validation

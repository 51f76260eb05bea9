// The validator: walks tree and table together.
#include "harness/scenario/reading/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/json.h"
#include "harness/scenario/reading/budget.h"
#include "harness/scenario/reading/scalar.h"

namespace spokelab::harness {

namespace {

bool lists(std::string_view words, std::string_view word) {
  for (std::size_t at = 0; at < words.size();) {
    const auto end = std::min(words.find(' ', at), words.size());
    if (words.substr(at, end - at) == word) return true;
    at = end + 1;
  }
  return false;
}

std::vector<std::string> words_of(std::string_view words) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < words.size();) {
    const auto end = std::min(words.find(' ', at), words.size());
    if (end > at) out.emplace_back(words.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

/// What people write, and what it is called here.
struct Synonym {
  std::string_view written;
  std::string_view ours;
};
constexpr std::array kSynonyms{
    Synonym{"timeout", "within"},
    Synonym{"deadline", "within"},
    Synonym{"duration", "for"},
    Synonym{"duration", "lasts"},
    Synonym{"start", "at"},
    Synonym{"cluster", "on"},
    Synonym{"target", "on"},
    Synonym{"scope", "on"},
    Synonym{"kind", "what"},
    Synonym{"type", "what"},
    Synonym{"type", "kind"},
    Synonym{"action", "what"},
    Synonym{"name", "scenario"},
    Synonym{"name", "module"},
    Synonym{"description", "because"},
    Synonym{"why", "because"},
    Synonym{"reason", "because"},
    Synonym{"interval", "every"},
    Synonym{"period", "every"},
    Synonym{"percent", "share"},
    Synonym{"delay", "latency"},
    Synonym{"assert", "expect"},
    Synonym{"expectations", "expect"},
    Synonym{"chaos", "faults"},
    Synonym{"spokes", "clusters"},
    Synonym{"health-check", "probe"},
    Synonym{"router", "by"},
    Synonym{"repositories", "repos"},
    Synonym{"actions", "steps"},
    Synonym{"budget", "budgets"},
};

class Validator {
 public:
  explicit Validator(const ValidationContext& context) : context_(context) {}

  void check(const YamlNode& node, const SchemaNode& schema, const std::string& label) {
    constexpr std::size_t kErrorsMax = 300;  // nobody reads more, and hostile files hold many
    if (context_.diagnostics.errors() >= kErrorsMax) return;
    switch (schema.type()) {
      case Type::object:
        return check_object(node, schema, label);
      case Type::map:
        return check_map(node, schema, label);
      case Type::list:
        return check_list(node, schema, label);
      case Type::json: {
        to_json(node, context_.diagnostics);
        return;
      }
      case Type::file_change:
        if (node.is_mapping()) return check_object(node, schema, label);
        if (node.is_null()) return;
        return check_value(node, schema, label);
      case Type::label_change:
        if (node.is_null()) return;
        return check_value(node, schema, label);
      default:
        return check_value(node, schema, label);
    }
  }

 private:
  void error(std::string_view code, Position at, std::string message, std::string fix = "") {
    context_.diagnostics.error(code, at, std::move(message), std::move(fix));
  }

  static std::string example_of(const SchemaNode& schema, const std::string& label) {
    if (schema.field == nullptr || schema.field->example.empty()) return "";
    if (schema.name == "[]") return fmt::format("write for instance `- {}`", schema.field->example);
    return fmt::format("write for instance `{}: {}`", label, schema.field->example);
  }

  void wrong_kind(const YamlNode& node, const SchemaNode& schema, const std::string& label) {
    const char* found = node.is_mapping()    ? "a map"
                        : node.is_sequence() ? "a list"
                        : node.is_null()     ? "nothing"
                                             : "a single value";
    const auto wanted = schema.field == nullptr ? "a map" : describe(schema.type());
    error("SL2003", node.at, fmt::format("`{}` takes {}, and here is {}", label, wanted, found),
          example_of(schema, label));
  }

  // Maps whose keys the table lists.

  void check_object(const YamlNode& node, const SchemaNode& schema, const std::string& label) {
    if (!node.is_mapping()) return wrong_kind(node, schema, label);
    const auto variants = kinds_of(schema.path);
    const auto chosen = chosen_kinds(node, schema, label, variants);
    for (const auto& entry : node.entries) {
      const auto* child = schema.child(entry.key);
      if (child == nullptr) {
        unknown_key(entry, schema, label);
        continue;
      }
      check_place_of_key(entry, schema, variants, chosen);
      if (schema.path == "faults/*" &&
          (entry.key == "on" || entry.key == "from" || entry.key == "to")) {
        check_fault_place(entry.value, *child, entry.key, chosen);
      } else {
        check(entry.value, *child, entry.key);
      }
    }
    for (const auto* child : schema.children) {
      if (child->field->required && node.find(child->name) == nullptr) missing(node, *child, label);
    }
    for (const auto* kind : chosen) {
      for (const auto& key : words_of(kind->required)) {
        const auto* child = schema.child(key);
        if (child != nullptr && node.find(key) == nullptr) missing_for(node, *child, *kind);
      }
    }
    check_together(node, schema, label, chosen);
  }

  /// The kinds that a map is of: one, or several where the discriminator is drawn.
  std::vector<const Kind*> chosen_kinds(const YamlNode& node, const SchemaNode& schema,
                                        const std::string& label,
                                        const std::vector<const Kind*>& variants) {
    std::vector<const Kind*> out;
    if (variants.empty()) return out;
    const auto key = discriminator_of(schema.path);
    std::vector<std::string> names;
    if (!key.empty()) {
      const auto* value = node.value(key);
      if (value == nullptr || !value->is_scalar()) return out;
      const auto draw = parse_draw(value->text);
      names = draw && *draw ? (*draw)->options : std::vector<std::string>{value->text};
    } else {
      for (const auto* kind : variants) {
        if (node.find(kind->name) != nullptr) names.emplace_back(kind->name);
      }
      std::vector<std::string_view> all;
      for (const auto* kind : variants) all.push_back(kind->name);
      if (names.empty()) {
        error("SL2010", node.at, fmt::format("`{}` says nothing to do", label),
              fmt::format("it has one of {}", fmt::join(all, ", ")));
      } else if (names.size() > 1) {
        error("SL2010", node.find(names[1])->key_at,
              fmt::format("`{}` and `{}` exclude each other", names[0], names[1]),
              "make two entries of it");
      }
    }
    for (const auto* kind : variants) {
      if (std::find(names.begin(), names.end(), kind->name) != names.end()) out.push_back(kind);
    }
    return out;
  }

  /// Reports a key that belongs to other kinds than the one chosen.
  void check_place_of_key(const YamlEntry& entry, const SchemaNode& schema,
                          const std::vector<const Kind*>& variants,
                          const std::vector<const Kind*>& chosen) {
    if (chosen.empty()) return;
    const bool place = schema.path == "faults/*" && (entry.key == "on" || entry.key == "between" ||
                                                     entry.key == "from" || entry.key == "to");
    if (place) {
      for (const auto* kind : chosen) {
        const bool fits = entry.key == "on" ? !kind->on.empty() : kind->link;
        if (fits) continue;
        error("SL2011", entry.key_at, fmt::format("`{}` strikes no `{}`", kind->name, entry.key),
              kind->link
                  ? "write `between: A <-> B`, or `from: A` and `to: B`"
                  : fmt::format("write `on:` and a {}", fmt::join(words_of(kind->on), " or ")));
      }
      return;
    }
    const auto takes = [&](const Kind* kind) {
      return lists(kind->required, entry.key) || lists(kind->optional, entry.key) ||
             kind->name == entry.key;
    };
    const bool special = std::any_of(variants.begin(), variants.end(), takes);
    if (!special || std::any_of(chosen.begin(), chosen.end(), takes)) return;
    if (discriminator_of(schema.path).empty() && schema.child(entry.key) != nullptr &&
        std::any_of(variants.begin(), variants.end(),
                    [&](const Kind* kind) { return kind->name == entry.key; })) {
      return;  // reported as excluding each other
    }
    auto all = words_of(chosen[0]->required);
    for (auto& word : words_of(chosen[0]->optional)) all.push_back(std::move(word));
    error("SL2011", entry.key_at,
          fmt::format("`{}` does not take `{}`", chosen[0]->name, entry.key),
          all.empty() ? "remove it" : fmt::format("it takes {}", fmt::join(all, ", ")));
  }

  void unknown_key(const YamlEntry& entry, const SchemaNode& schema, const std::string& label) {
    std::vector<std::string> here;
    for (const auto* child : schema.children) here.push_back(child->name);
    std::string fix;
    for (const auto& synonym : kSynonyms) {
      if (fix.empty() && entry.key == synonym.written && schema.child(synonym.ours) != nullptr) {
        fix = fmt::format("it is called `{}` here", synonym.ours);
      }
    }
    if (const auto near = nearest(entry.key, here); fix.empty() && !near.empty()) {
      fix = fmt::format("did you mean `{}`?", near);
    }
    if (fix.empty()) {
      for (const auto& field : fields()) {
        const auto slash = field.path.rfind('/');
        if (slash == std::string_view::npos || field.path.substr(slash + 1) != entry.key) continue;
        std::string home(field.path.substr(0, slash));
        std::replace(home.begin(), home.end(), '/', '.');
        fix = fmt::format("`{}` belongs in `{}`", entry.key, home);
        break;
      }
    }
    if (fix.empty()) fix = fmt::format("keys here: {}", fmt::join(here, ", "));
    error("SL2001", entry.key_at,
          fmt::format("unknown key `{}` in {}", entry.key, label.empty() ? "the file" : label),
          fix);
  }

  void missing(const YamlNode& node, const SchemaNode& child, const std::string& label) {
    error("SL2002", node.at,
          fmt::format("`{}` is missing in {}", child.name, label.empty() ? "the file" : label),
          fmt::format("add `{}: {}`", child.name, child.field->example));
  }
  void missing_for(const YamlNode& node, const SchemaNode& child, const Kind& kind) {
    const auto key = discriminator_of(kind.object);
    error("SL2002", node.at,
          fmt::format("`{}{}{}` needs `{}`", key, key.empty() ? "" : ": ", kind.name, child.name),
          fmt::format("add `{}: {}`", child.name, child.field->example));
  }

  /// Keys of one map that need or exclude each other.
  void check_together(const YamlNode& node, const SchemaNode& schema, const std::string& label,
                      const std::vector<const Kind*>& chosen) {
    const auto exactly_one = [&](std::string_view a, std::string_view b, std::string_view fix) {
      const auto* first = node.find(a);
      const auto* second = node.find(b);
      if (first != nullptr && second != nullptr) {
        error("SL2010", second->key_at, fmt::format("`{}` and `{}` exclude each other", a, b),
              "remove one");
      } else if (first == nullptr && second == nullptr) {
        error("SL2010", node.at, fmt::format("{} needs `{}` or `{}`", label, a, b),
              std::string(fix));
      }
    };
    if (schema.path == "faults/*" || schema.path == "steps/[]") {
      exactly_one("at", "when", "add `at: 5m`");
    }
    if (schema.path == "world/traffic/*" && node.find("clients") != nullptr &&
        node.find("populations") != nullptr) {
      error("SL2010", node.find("populations")->key_at,
            "`clients` and `populations` exclude each other", "remove one");
    }
    if (schema.path == "world/traffic/*/by" && !chosen.empty() &&
        lists(chosen[0]->optional, "weights")) {
      exactly_one("order", "weights", "add `order: [prod, dr]`");
    }
    if (schema.path == "faults/*" && !chosen.empty()) check_scope(node, label, *chosen[0]);
  }

  void check_scope(const YamlNode& node, const std::string& label, const Kind& kind) {
    const auto* from = node.find("from");
    const auto* to = node.find("to");
    const int given = (node.find("on") != nullptr ? 1 : 0) +
                      (node.find("between") != nullptr ? 1 : 0) +
                      (from != nullptr || to != nullptr ? 1 : 0);
    if (given == 0) {
      std::string fix =
          kind.on.empty() ? ""
                          : fmt::format("add `on:` and a {}", fmt::join(words_of(kind.on), " or "));
      if (kind.link)
        fix += fix.empty() ? "add `between: hub <-> prod`" : ", or `between: hub <-> prod`";
      error("SL2010", node.at, fmt::format("{} does not say where it strikes", label), fix);
    }
    if (given > 1) {
      error("SL2010", node.at, fmt::format("{} says in two ways where it strikes", label),
            "keep one of `on`, `between`, and `from` with `to`");
    }
    if ((from == nullptr) != (to == nullptr)) {
      error("SL2010", from == nullptr ? to->key_at : from->key_at, "`from` and `to` go together",
            from == nullptr ? "add `from: hub`" : "add `to: prod`");
    }
  }

  // Maps with the author's own keys, and lists.

  void check_size(std::size_t size, Position at, const SchemaNode& schema,
                  const std::string& label) {
    const auto limits = schema.field->limits;
    const auto dots = limits.find("..");
    if (dots == std::string_view::npos) return;
    const auto low = parse_whole(limits.substr(0, dots));
    const auto high = parse_whole(limits.substr(dots + 2));
    if (low && size < *low) {
      error("SL2005", at, fmt::format("`{}` is empty", label), example_of(schema, label));
    } else if (high && size > *high) {
      error("SL2005", at,
            fmt::format("`{}` has {} entries; at most {} are allowed", label, size, *high));
    }
  }

  void check_map(const YamlNode& node, const SchemaNode& schema, const std::string& label) {
    if (!node.is_mapping()) return wrong_kind(node, schema, label);
    check_size(node.entries.size(), node.at, schema, label);
    if (schema.path == "world/clusters" && context_.names.clusters.size() > kClustersMax) {
      error("SL2005", node.at, fmt::format("the world has more than {} clusters", kClustersMax));
    }
    for (const auto& entry : node.entries) {
      check_key(entry, schema);
      if (schema.any != nullptr) check(entry.value, *schema.any, entry.key);
      if (schema.path == "world/hub/settings") check_setting(entry);
      if (schema.path == "budgets") check_budget(entry);
    }
  }

  void check_list(const YamlNode& node, const SchemaNode& schema, const std::string& label) {
    if (node.is_null()) return wrong_kind(node, schema, label);
    if (!node.is_sequence()) {
      if (schema.item->type() == Type::object && !node.is_mapping())
        return wrong_kind(node, schema, label);
      return check(node, *schema.item, label);
    }
    check_size(node.items.size(), node.at, schema, label);
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      check(node.items[i], *schema.item, fmt::format("{}[{}]", label, i));
    }
  }

  void check_budget(const YamlEntry& entry) {
    if (!entry.value.is_scalar()) return;
    const auto budget = parse_budget(entry.key, entry.value.text);
    if (!budget) {
      const bool known = parse_budget(entry.key, "1").has_value();
      return error(known ? "SL2004" : "SL3010", known ? entry.value.at : entry.key_at,
                   budget.error().message());
    }
    const auto& names = context_.names;
    std::vector<std::string> all;
    std::string_view word = "cluster";
    if (budget->measure == "failed") {
      all.assign(names.traffic.begin(), names.traffic.end());
      word = "traffic";
    } else if (budget->measure == "syncs" || budget->object.empty()) {
      return;  // which applications there will be, nobody knows yet
    } else {
      all = names.clusters;
      all.emplace_back("hub");
    }
    if (std::any_of(all.begin(), all.end(),
                    [&](const std::string& one) { return matches(budget->object, one); }))
      return;
    const auto near = nearest(budget->object, all);
    error(word == "traffic" ? "SL3003" : "SL3001", entry.key_at,
          fmt::format("there is no {} `{}`", word, budget->object),
          near.empty() ? "" : fmt::format("did you mean `{}.{}`?", budget->measure, near));
  }

  void check_setting(const YamlEntry& entry) {
    if (!context_.options.check_hub_setting || !entry.value.is_scalar()) return;
    const auto answer = context_.options.check_hub_setting(entry.key, entry.value.text);
    if (!answer.empty()) error("SL3015", entry.key_at, answer);
  }

  void check_key(const YamlEntry& entry, const SchemaNode& schema) {
    const auto type = schema.field->keys;
    if (type == Type::choice) {
      const auto choices = choices_of(*schema.any->field);
      auto problem = check_scalar(type, entry.key, entry.key, true, "", choices);
      // A key has no other label than itself.
      if (problem && problem->code == "SL2006")
        problem->message = fmt::format("there are no `{}` {}", entry.key, schema.name);
      report(problem, entry.key_at);
      return;
    }
    if (auto problem = check_scalar(type, entry.key, entry.key, entry.key_quoted, "", {})) {
      report(problem, entry.key_at);
      return;
    }
    YamlNode key;
    key.kind = YamlNode::Kind::scalar;
    key.text = entry.key;
    key.quoted = true;
    key.at = entry.key_at;
    check_reference(key, type, schema);
    if (type == Type::label_key && !is_label_key(entry.key)) {
      error("SL2008", entry.key_at, fmt::format("`{}` is no key of a label", entry.key),
            "letters, digits, '-', '_' and '.', at most 63, with a DNS name and '/' in front if "
            "need be");
    }
    if (schema.path == "world/clusters") check_cluster_name(entry);
    if (schema.path == "steps/[]/commit/files" && !is_inner_path(entry.key)) {
      error("SL2008", entry.key_at, fmt::format("`{}` leads out of the repository", entry.key),
            "write a path relative to the repository's root");
    }
  }

  void check_cluster_name(const YamlEntry& entry) {
    const bool reserved =
        entry.key == "hub" || entry.key == "users" || entry.key == "router" || entry.key == "git";
    const bool replica =
        entry.key.substr(0, 4) == "hub-" && parse_whole(entry.key.substr(4)).has_value();
    if (reserved || replica) {
      error("SL2008", entry.key_at, fmt::format("`{}` is the name of something else", entry.key),
            fmt::format("call the cluster for instance {}-cluster", entry.key));
    }
  }

  static bool is_label_key(std::string_view key) {
    const auto slash = key.rfind('/');
    const auto name = slash == std::string_view::npos ? key : key.substr(slash + 1);
    const auto ok = [](std::string_view text, std::size_t most) {
      return !text.empty() && text.size() <= most && is_name_end(text.front()) &&
             is_name_end(text.back()) && std::all_of(text.begin(), text.end(), [](char c) {
               return is_name_end(c) || c == '-' || c == '_' || c == '.';
             });
    };
    return ok(name, 63) && (slash == std::string_view::npos || ok(key.substr(0, slash), 253));
  }
  static bool is_name_end(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }
  static bool is_inner_path(std::string_view path) {
    if (path.empty() || path.front() == '/') return false;
    for (std::size_t at = 0; at <= path.size();) {
      const auto end = std::min(path.find('/', at), path.size());
      if (path.substr(at, end - at) == ".." || end == at) return false;
      at = end + 1;
    }
    return true;
  }

  // Single values.

  void report(const std::optional<ScalarProblem>& problem, Position at) {
    if (problem) error(problem->code, at, problem->message, problem->fix);
  }

  void check_value(const YamlNode& node, const SchemaNode& schema, const std::string& label) {
    if (node.undeclared) return;  // a $name that stands for nothing is reported already
    if (!node.is_scalar()) return wrong_kind(node, schema, label);
    const auto& field = *schema.field;
    std::optional<ScalarProblem> problem;
    const auto draw = draw_of(field, node, problem);
    if (problem) return report(problem, node.at);
    if (!draw) return check_one(node, schema, label);
    const auto before = context_.diagnostics.errors();
    for (const auto& option : draw->options) {
      YamlNode one = node;
      one.text = option;
      one.quoted = node.quoted;
      check_one(one, schema, label);
    }
    if (draw->range && context_.diagnostics.errors() == before &&
        range_steps(field.type, draw->options[0], draw->options[1]) < 0) {
      error("SL2009", node.at, fmt::format("`{}` cannot be drawn from {}", label, node.text),
            field.type == Type::rate ? "put the lower end first, and give both the same unit"
                                     : "put the lower end first");
    }
  }

  void check_one(const YamlNode& node, const SchemaNode& schema, const std::string& label) {
    const auto& field = *schema.field;
    const auto choices =
        field.type == Type::choice ? choices_of(field) : std::vector<std::string>();
    if (auto problem =
            check_scalar(field.type, label, node.text, node.quoted, field.limits, choices)) {
      return report(problem, node.at);
    }
    const bool label_value =
        field.path.size() > 9 && field.path.substr(field.path.size() - 9) == "/labels/*";
    if (label_value && !node.text.empty() &&
        (node.text.find('/') != std::string::npos || !is_label_key(node.text))) {
      error("SL2008", node.at, fmt::format("`{}`: {} is no value for a label", label, node.text),
            "letters, digits, '-', '_' and '.', at most 63; annotations take any text");
    }
    check_reference(node, field.type, schema);
  }

  /// References to what the file declares, and to files.
  void check_reference(const YamlNode& node, Type type, const SchemaNode& schema) {
    const auto& names = context_.names;
    switch (type) {
      case Type::cluster:
        return check_member(node, names.clusters, "SL3001", "cluster");
      case Type::target: {
        auto all = names.clusters;
        all.emplace_back("hub");
        return check_member(node, all, "SL3001", "cluster");
      }
      case Type::replica: {
        auto all = names.replica_names();
        all.emplace_back("hub");
        return check_member(node, all, "SL3004", "hub replica");
      }
      case Type::repo:
        return check_member(node, {names.repos.begin(), names.repos.end()}, "SL3007", "repository");
      case Type::fault:
        return check_member(node, {names.faults.begin(), names.faults.end()}, "SL3002", "fault");
      case Type::link:
        return check_link(node, schema.path == "world/network/round-trip" ? "region" : "link");
      case Type::event:
        return check_event(node);
      case Type::expression:
        return check_expression(node);
      case Type::path:
        return check_path(node, schema);
      default:
        return;
    }
  }

  void check_member(const YamlNode& node, const std::vector<std::string>& all,
                    std::string_view code, std::string_view kind) {
    if (std::find(all.begin(), all.end(), node.text) != all.end()) return;
    const auto near = nearest(node.text, all);
    std::string fix;
    if (!near.empty()) {
      fix = fmt::format("did you mean `{}`?", near);
    } else if (!all.empty() && all.size() <= 12) {
      fix = fmt::format("it is one of {}", fmt::join(all, ", "));
    }
    error(code, node.at, fmt::format("there is no {} `{}`", kind, node.text), fix);
  }

  void check_place(const YamlNode& node, std::string_view text, std::string_view kinds) {
    std::optional<PlaceProblem> problem;
    find_places(text, kinds, context_.names, problem);
    if (problem) error(problem->code, node.at, problem->message, problem->fix);
  }

  void check_link(const YamlNode& node, std::string_view kinds) {
    const auto ends = parse_link(node.text);
    if (!ends) return error("SL2013", node.at, ends.error().message());
    check_place(node, ends->first, kinds);
    check_place(node, ends->second, kinds);
    if (ends->first == ends->second) {
      error("SL2013", node.at, fmt::format("both ends are `{}`", ends->first), "name two places");
    }
  }

  static constexpr std::string_view kEveryPlace =
      "cluster region traffic repo hub users router git replica";

  void check_fault_place(const YamlNode& node, const SchemaNode& schema, const std::string& label,
                         const std::vector<const Kind*>& chosen) {
    check(node, schema, label);
    std::vector<YamlNode> single;
    if (node.is_scalar()) single.push_back(node);
    for (const auto& item : node.is_sequence() ? node.items : single) {
      if (!item.is_scalar()) continue;
      const auto draw = parse_draw(item.text);
      const auto options = draw && *draw ? (*draw)->options : std::vector<std::string>{item.text};
      if (item.undeclared) continue;
      for (const auto& option : options) {
        if (label != "on") check_place(item, option, "link");
        for (const auto* kind : chosen) {
          if (label == "on" && !kind->on.empty()) check_place(item, option, kind->on);
        }
        // Of an unknown kind of fault one can still say whether the place exists at all.
        if (label == "on" && chosen.empty()) check_place(item, option, kEveryPlace);
      }
    }
  }

  void check_event(const YamlNode& node) {
    const auto event = parse_event(node.text);
    if (!event) {
      return error("SL2004", node.at, fmt::format("`{}`: {}", node.text, event.error().message()),
                   "write NAME.start + 30s");
    }
    const auto all = context_.names.events();
    if (std::find(all.begin(), all.end(), event->event) != all.end()) return;
    auto near = nearest(event->event, all);
    if (context_.names.faults.count(event->event) + context_.names.steps.count(event->event) > 0) {
      near = event->event + ".start";
    }
    if (const auto minus = event->event.find(" - "); minus != std::string::npos) {
      return error("SL3005", node.at, fmt::format("`{}` goes back in time", node.text),
                   fmt::format("only + is allowed; write for instance {} + 30s",
                               event->event.substr(0, minus)));
    }
    error("SL3005", node.at, fmt::format("there is no event `{}`", event->event),
          near.empty() ? "events are start, end, and NAME.start, NAME.end of faults and named steps"
                       : fmt::format("did you mean `{}`?", near));
  }

  /// The place of a part of a scalar, where it was written on one line as it is.
  Position inside(const YamlNode& node, std::size_t column, std::size_t length) const {
    Position at = node.at;
    const auto line = context_.sources.line(at.file, at.line);
    const std::size_t begin = at.column - 1 + (node.quoted ? 1 : 0);
    if (line.substr(std::min(begin, line.size()), node.text.size()) != node.text) return at;
    at.column = static_cast<std::uint32_t>(begin + column + 1);
    at.length = static_cast<std::uint32_t>(length);
    return at;
  }

  void check_expression(const YamlNode& node) {
    std::vector<ExpressionProblem> problems;
    std::vector<NameUse> names;
    Expression::parse(node.text, problems, &names);
    for (const auto& one : problems) {
      const bool name = one.message.substr(0, 17) == "there is no value";
      error(name ? "SL3014" : "SL2012", inside(node, one.column, one.length), one.message, one.fix);
    }
    for (const auto& use : names) check_name_use(node, use);
  }

  void check_name_use(const YamlNode& node, const NameUse& use) {
    const auto match = match_value_name(use.segments);
    for (std::size_t i = 0; i < match.kinds.size(); ++i) {
      const auto& segment = use.segments[i];
      const auto kind = match.kinds[i];
      std::vector<std::string> all;
      std::string_view code = "SL3001";
      std::string_view word = "cluster";
      if (kind == "CLUSTER") {
        all = context_.names.clusters;
        if (use.segments[0] == "deployment" || use.segments[0] == "object") all.emplace_back("hub");
      } else if (kind == "TRAFFIC") {
        all.assign(context_.names.traffic.begin(), context_.names.traffic.end());
        code = "SL3003";
        word = "traffic";
      } else if (kind == "FAULT") {
        all.assign(context_.names.faults.begin(), context_.names.faults.end());
        code = "SL3002";
        word = "fault";
      } else if (kind == "STEP") {
        all.assign(context_.names.steps.begin(), context_.names.steps.end());
        code = "SL3014";
        word = "named step";
      } else if (kind == "REPLICA") {
        all = context_.names.replica_names();
        code = "SL3004";
        word = "hub replica";
      } else {
        continue;
      }
      if (std::any_of(all.begin(), all.end(),
                      [&](const std::string& one) { return matches(segment, one); }))
        continue;
      const auto near = nearest(segment, all);
      error(code, inside(node, use.column, use.length),
            fmt::format("there is no {} `{}`", word, segment),
            near.empty() ? "" : fmt::format("did you mean `{}`?", near));
    }
  }

  void check_path(const YamlNode& node, const SchemaNode& schema) {
    const auto& path = schema.path;
    const bool repo = path == "world/repos/*";
    const bool manifests = path == "world/apply/*/[]" || path == "steps/[]/apply/files/[]";
    const bool file = path == "steps/[]/commit/files/*/copy";
    if (!repo && !manifests && !file) return;
    const auto full = resolve_path(context_.sources, node.at.file, node.text);
    const bool is_file = context_.files.is_file(full);
    const bool is_directory = context_.files.is_directory(full);
    if (repo ? is_directory : file ? is_file : is_file || is_directory) return;
    const char* wanted = repo ? "directory" : file ? "file" : "file or directory";
    error("SL3006", node.at, fmt::format("there is no {} {}", wanted, full),
          fmt::format("paths are relative to {}", context_.sources.path(node.at.file)));
  }

  const ValidationContext& context_;
};

}  // namespace

void validate(const YamlNode& node, const SchemaNode& schema, const std::string& label,
              const ValidationContext& context) {
  Validator(context).check(node, schema, label);
}

std::string resolve_path(const Sources& sources, std::uint32_t file, std::string_view written) {
  if (!written.empty() && written.front() == '/') return std::string(written);
  const auto& from = sources.path(file);
  const auto slash = from.rfind('/');
  return slash == std::string::npos ? std::string(written)
                                    : from.substr(0, slash + 1) + std::string(written);
}

}  // namespace spokelab::harness

// Reads typed values off a checked tree.
#include "harness/scenario/reading/build.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/duration.h"
#include "base/json.h"
#include "harness/scenario/reading/budget.h"
#include "harness/scenario/reading/names.h"
#include "harness/scenario/reading/validate.h"
#include "harness/scenario/schema.h"

namespace spokelab::harness {

namespace {

/// One map of the tree beside its row: reads typed values, with the table's defaults.
class View {
 public:
  View(const YamlNode* node, const SchemaNode& schema, std::string kind = "")
      : node_(node), schema_(&schema), kind_(std::move(kind)) {}

  bool has(std::string_view key) const { return node_ != nullptr && node_->value(key) != nullptr; }
  const YamlNode* node(std::string_view key) const {
    return node_ == nullptr ? nullptr : node_->value(key);
  }
  const YamlNode* self() const { return node_; }
  Position at() const { return node_ == nullptr ? Position{} : node_->at; }

  /// The text given, or the default; empty when there is neither.
  std::string text(std::string_view key) const {
    const auto* value = node(key);
    if (value != nullptr && value->is_scalar()) return value->text;
    return default_of(*schema_, kind_, key);
  }
  Nanos duration(std::string_view key) const { return parse_duration(text(key)).value(); }
  Share share(std::string_view key) const { return parse_share(text(key)).value(); }
  std::int64_t count(std::string_view key) const {
    return static_cast<std::int64_t>(parse_whole(text(key)).value());
  }
  bool boolean(std::string_view key) const { return text(key) == "true"; }

  /// A nested map, present or not.
  View object(std::string_view key, std::string kind = "") const {
    const auto* child = schema_->child(key);
    SPOKELAB_CHECK(child != nullptr);
    return View(node(key), *child, std::move(kind));
  }
  /// The entries of a nested map.
  const std::vector<YamlEntry>& entries(std::string_view key) const {
    static const std::vector<YamlEntry> kNone;
    const auto* value = node(key);
    return value == nullptr ? kNone : value->entries;
  }
  const SchemaNode& any(std::string_view key) const { return *schema_->child(key)->any; }
  /// The items of a list, or the one that stands for it.
  std::vector<const YamlNode*> items(std::string_view key) const {
    std::vector<const YamlNode*> out;
    const auto* value = node(key);
    if (value == nullptr) return out;
    if (!value->is_sequence()) return {value};
    for (const auto& item : value->items) out.push_back(&item);
    return out;
  }
  std::vector<std::string> texts(std::string_view key) const {
    std::vector<std::string> out;
    for (const auto* item : items(key)) out.push_back(item->text);
    return out;
  }

 private:
  const YamlNode* node_;
  const SchemaNode* schema_;
  std::string kind_;
};

class Builder {
 public:
  Builder(const YamlNode& tree, const Sources& sources)
      : tree_(tree), sources_(sources), names_(known_names(tree)) {}

  Scenario run() {
    const View root(&tree_, schema_root());
    Scenario out;
    out.name = root.text("scenario");
    out.because = root.text("because");
    if (root.has("seed")) out.seed = parse_whole(root.text("seed")).value();
    out.lasts = root.duration("lasts");
    out.settle = root.duration("settle");
    read_world(root.object("world"), out.world);
    for (const auto& entry : root.entries("faults")) {
      out.faults[entry.key] = read_fault(entry, root.any("faults"));
    }
    for (const auto* item : root.items("steps")) out.steps.push_back(read_step(*item));
    for (const auto& fault : root.entries("limits")) {
      for (const auto& timing : fault.value.entries) {
        out.limits[fault.key][timing.key] = {parse_duration(timing.value.text).value(),
                                             timing.key_at};
      }
    }
    out.control = root.boolean("control");
    for (const auto& entry : root.entries("budgets")) {
      out.budgets.push_back(parse_budget(entry.key, entry.value.text).value());
      out.budgets.back().at = entry.key_at;
    }
    for (const auto* item : root.items("expect")) out.expect.push_back(read_expectation(*item));
    note_positions(tree_, "", out.positions);
    return out;
  }

 private:
  FileRef file(const YamlNode& node) const {
    return {node.text, resolve_path(sources_, node.at.file, node.text), node.at};
  }

  static void note_positions(const YamlNode& node, const std::string& path,
                             std::map<std::string, Position>& out) {
    if (!path.empty()) out[path] = node.at;
    for (const auto& entry : node.entries) {
      note_positions(entry.value, path.empty() ? entry.key : path + "." + entry.key, out);
    }
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      note_positions(node.items[i], fmt::format("{}[{}]", path, i), out);
    }
  }

  void read_world(const View& world, World& out) const {
    const auto hub = world.object("hub");
    out.hub.region = hub.text("region");
    out.hub.replicas = static_cast<int>(hub.count("replicas"));
    out.hub.profile = hub.text("profile");
    out.hub.ns = hub.text("namespace");
    out.hub.at = hub.at();
    for (const auto& entry : hub.entries("settings")) {
      out.hub.settings[entry.key] = {entry.value.text, entry.value.at};
    }
    for (const auto& entry : world.entries("clusters"))
      read_cluster(entry, world.any("clusters"), out);
    for (const auto& entry : world.entries("repos")) out.repos[entry.key] = file(entry.value);
    for (const auto& entry : world.entries("apply")) {
      auto& files = out.apply[entry.key];
      if (!entry.value.is_sequence()) files.push_back(file(entry.value));
      for (const auto& item : entry.value.items) files.push_back(file(item));
    }
    const auto network = world.object("network");
    out.network.within_region = network.duration("within-region");
    out.network.between_regions = network.duration("between-regions");
    out.network.jitter = network.share("jitter");
    for (const auto& entry : network.entries("round-trip")) {
      auto ends = parse_link(entry.key).value();
      std::optional<PlaceProblem> problem;
      for (auto* end : {&ends.first, &ends.second}) {
        const auto places = find_places(*end, "region", names_, problem);
        if (!places.empty()) *end = places[0].name;
      }
      if (ends.second < ends.first) std::swap(ends.first, ends.second);
      out.network.round_trip[ends] = parse_duration(entry.value.text).value();
    }
    for (const auto& entry : world.entries("traffic")) {
      out.traffic[entry.key] = read_traffic(entry, world.any("traffic"), out.hub.region);
    }
  }

  static void read_cluster(const YamlEntry& entry, const SchemaNode& schema, World& out) {
    const View cluster(&entry.value, schema);
    ClusterSpec spec;
    spec.region = cluster.text("region");
    spec.registered = cluster.boolean("register");
    spec.nodes = static_cast<int>(cluster.count("nodes"));
    spec.zones = static_cast<int>(cluster.count("zones"));
    spec.at = entry.key_at;
    for (const auto& label : cluster.entries("labels")) spec.labels[label.key] = label.value.text;
    for (const auto& note : cluster.entries("annotations"))
      spec.annotations[note.key] = note.value.text;
    const auto count = cluster.has("count") ? cluster.count("count") : 0;
    for (const auto& name : group_members(entry.key, static_cast<std::uint64_t>(count))) {
      out.clusters[name] = spec;
    }
  }

  static TrafficSpec read_traffic(const YamlEntry& entry, const SchemaNode& schema,
                                  const std::string& home) {
    const View traffic(&entry.value, schema);
    TrafficSpec out;
    out.at = entry.key_at;
    out.users = parse_rate(traffic.text("users")).value();
    out.timeout = traffic.duration("timeout");
    out.retries = static_cast<int>(traffic.count("retries"));
    for (const auto& one : traffic.entries("from"))
      out.from[one.key] = parse_share(one.value.text).value();
    if (out.from.empty()) out.from[home] = kWhole;
    for (const auto& one : traffic.entries("clients"))
      out.clients[one.key] = parse_share(one.value.text).value();
    if (out.clients.empty()) out.clients["fresh"] = kWhole;
    const auto to = traffic.object("to");
    out.service = parse_service(to.text("service")).value();
    const auto kind = traffic.object("by").text("kind");
    read_router(traffic.object("by", kind), kind, home, out.by);
    return out;
  }

  static void read_router(const View& by, const std::string& kind, const std::string& home,
                          RouterSpec& out) {
    out.kind = kind;
    out.at = by.at();
    out.region = by.has("region") ? by.text("region") : home;
    out.order = by.texts("order");
    for (const auto& entry : by.entries("weights")) {
      out.weights.emplace_back(entry.key,
                               static_cast<std::int64_t>(parse_whole(entry.value.text).value()));
    }
    out.ttl = by.duration("ttl");
    out.propagation = by.duration("propagation");
    out.hold = by.duration("hold");
    out.fail_open = by.boolean("fail-open");
    out.cut = by.boolean("cut");
    const auto probe = by.object("probe", kind);
    out.probe.kind = probe.text("kind");
    out.probe.path = probe.text("path");
    out.probe.every = probe.duration("every");
    out.probe.timeout = probe.duration("timeout");
    out.probe.unhealthy = static_cast<int>(probe.count("unhealthy"));
    out.probe.healthy = static_cast<int>(probe.count("healthy"));
    out.probe.checkers = static_cast<int>(probe.count("checkers"));
  }

  static std::optional<Expression> expression(const std::string& text) {
    std::vector<ExpressionProblem> problems;
    auto out = Expression::parse(text, problems);
    SPOKELAB_CHECK(out.has_value());  // the validator has parsed it before
    return out;
  }

  static Start read_start(const View& view) {
    Start out;
    if (view.has("at")) {
      out.at = RunTime(view.duration("at"));
      out.where = view.node("at")->at;
    } else {
      out.when = expression(view.text("when"));
      out.where = view.node("when")->at;
    }
    return out;
  }

  std::vector<Place> ends(const std::string& text) const {
    std::optional<PlaceProblem> problem;
    return find_places(text, "link", names_, problem);
  }

  Fault read_fault(const YamlEntry& entry, const SchemaNode& schema) const {
    const auto* what = entry.value.value("what");
    const View view(&entry.value, schema, what->text);
    Fault out;
    out.name = entry.key;
    out.what = what->text;
    out.because = view.text("because");
    out.at = entry.key_at;
    out.start = read_start(view);
    out.lasts = view.duration("for");
    const Kind* kind = nullptr;
    for (const auto* one : kinds_of(schema.path)) {
      if (one->name == out.what) kind = one;
    }
    SPOKELAB_CHECK(kind != nullptr);
    for (const auto& text : view.texts("on")) {
      std::optional<PlaceProblem> problem;
      for (auto& place : find_places(text, kind->on, names_, problem)) {
        if (std::find(out.on.begin(), out.on.end(), place) == out.on.end())
          out.on.push_back(std::move(place));
      }
    }
    if (view.has("between")) {
      const auto link = parse_link(view.text("between")).value();
      out.from = ends(link.first);
      out.to = ends(link.second);
      out.both_ways = true;
    } else if (view.has("from")) {
      out.from = ends(view.text("from"));
      out.to = ends(view.text("to"));
    }
    const auto parameters = std::string(kind->required) + " " + std::string(kind->optional);
    for (std::size_t at = 0; at < parameters.size();) {
      const auto end = std::min(parameters.find(' ', at), parameters.size());
      if (end > at)
        read_parameter(view, *schema.child(parameters.substr(at, end - at)), out.parameters);
      at = end + 1;
    }
    return out;
  }

  static void read_parameter(const View& view, const SchemaNode& schema, Parameters& out) {
    const auto& key = schema.name;
    if (schema.type() == Type::list) {
      if (view.has(key)) out.set(key, view.texts(key));
      return;
    }
    const auto text = view.text(key);
    if (text.empty()) return;
    switch (schema.type()) {
      case Type::duration:
      case Type::offset:
        return out.set(key, parse_duration(text).value());
      case Type::percent:
        return out.set(key, parse_share(text).value());
      case Type::bytes:
        return out.set(key, parse_bytes(text).value());
      case Type::byte_rate:
        return out.set(key, parse_byte_rate(text).value());
      case Type::count:
        return out.set(key, static_cast<std::int64_t>(parse_whole(text).value()));
      case Type::object_ref:
        return out.set(key, parse_object_ref(text).value());
      default:
        return out.set(key, text);
    }
  }

  Step read_step(const YamlNode& node) const {
    const auto& schema = *schema_at("steps/[]");
    const View view(&node, schema);
    Step out;
    out.at = node.at;
    out.name = view.text("name");
    out.because = view.text("because");
    out.start = read_start(view);
    if (view.has("commit")) out.action = read_commit(view.object("commit"));
    if (view.has("edit")) out.action = read_edit(view.object("edit"));
    if (view.has("delete")) {
      const auto action = view.object("delete");
      out.action =
          DeleteStep{action.text("cluster"), parse_object_ref(action.text("object")).value(),
                     action.text("propagation")};
    }
    if (view.has("label")) out.action = read_label(view.object("label"));
    if (view.has("apply")) {
      const auto action = view.object("apply");
      ApplyStep step;
      step.cluster = action.text("cluster");
      for (const auto* item : action.items("files")) step.files.push_back(file(*item));
      out.action = std::move(step);
    }
    if (view.has("register")) out.action = RegisterStep{view.text("register")};
    if (view.has("unregister")) out.action = UnregisterStep{view.text("unregister")};
    if (view.has("sync")) {
      const auto action = view.object("sync");
      out.action = SyncStep{action.text("app"), action.text("revision"), action.boolean("prune")};
    }
    if (view.has("refresh")) {
      const auto action = view.object("refresh");
      out.action = RefreshStep{action.text("app"), action.boolean("hard")};
    }
    if (view.has("restart")) {
      const auto name = view.text("restart");
      out.action =
          RestartStep{name.starts_with("owner/")
                          ? Place{Place::Kind::owner, name.substr(6)}
                          : Place{name == "hub" ? Place::Kind::hub : Place::Kind::replica, name}};
    }
    return out;
  }

  static JsonRef json(const YamlNode& node) {
    Diagnostics reported;  // by the validator
    return freeze(to_json(node, reported));
  }

  static EditStep read_edit(const View& view) {
    return {view.text("cluster"), parse_object_ref(view.text("object")).value(),
            json(*view.node("patch"))};
  }

  static LabelStep read_label(const View& view) {
    LabelStep out;
    out.cluster = view.text("cluster");
    for (const auto& entry : view.entries("labels")) {
      auto& value = out.labels[entry.key];
      if (entry.value.is_scalar()) value = entry.value.text;
    }
    return out;
  }

  CommitStep read_commit(const View& view) const {
    CommitStep out;
    out.repo = view.text("repo");
    out.branch = view.text("branch");
    out.message = view.text("message");
    out.webhook = view.boolean("webhook");
    for (const auto& entry : view.entries("files")) {
      out.files.emplace(entry.key, read_change(entry.value, view.any("files")));
    }
    return out;
  }

  FileChange read_change(const YamlNode& node, const SchemaNode& schema) const {
    if (node.is_null()) return DeleteFile{};
    if (node.is_scalar()) return NewContent{node.text};
    const View view(&node, schema);
    if (view.has("replace")) {
      const auto replace = view.object("replace");
      return ReplaceText{replace.text("from"), replace.text("to")};
    }
    if (view.has("copy")) return file(*view.node("copy"));
    SetValues out;
    for (const auto& entry : view.entries("set"))
      out.values.emplace_back(entry.key, json(entry.value));
    return out;
  }

  static Expectation read_expectation(const YamlNode& node) {
    using Word = Expectation::Word;
    const View view(&node, *schema_at("expect/[]"));
    Expectation out;
    out.at = node.at;
    for (const auto word :
         {Word::always, Word::never, Word::eventually, Word::stable, Word::reached}) {
      const auto* condition = view.node(name_of(word));
      if (condition == nullptr) continue;
      out.word = word;
      out.condition = expression(condition->text);
      out.condition_at = condition->at;
    }
    out.after = parse_event(view.text("after")).value();
    out.until = parse_event(view.text("until")).value();
    if (view.has("within")) out.within = view.duration("within");
    if (view.has("for")) out.lasts = view.duration("for");
    out.because = view.text("because");
    return out;
  }

  const YamlNode& tree_;
  const Sources& sources_;
  KnownNames names_;
};

}  // namespace

Scenario build_scenario(const YamlNode& tree, const Sources& sources) {
  return Builder(tree, sources).run();
}

}  // namespace spokelab::harness

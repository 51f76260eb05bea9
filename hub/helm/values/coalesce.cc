// Merging values down the chart tree.
#include "hub/helm/values/coalesce.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "hub/gotemplate/format.h"

namespace spokelab::hub::helm {

namespace {

/// Parents' globals win. Source: coalesceGlobals.
void hand_down_globals(const Json& from, Json& into) {
  const auto given = from.find("global");
  if (given != from.end() && !given->is_object()) return;
  const auto hit = into.find("global");
  if (hit != into.end() && !hit->is_object()) return;
  Json& own = hit == into.end() ? (into["global"] = Json::object()) : *hit;
  if (given == from.end()) return;
  for (auto at = given->begin(); at != given->end(); ++at) {
    const auto place = own.find(at.key());
    if (!at->is_object()) {
      if (place == own.end() || !place->is_object()) own[at.key()] = at.value();
    } else if (place == own.end()) {
      own[at.key()] = at.value();
    } else if (place->is_object()) {
      Json merged = at.value();
      coalesce_tables(merged, *place, Nulls::merge);
      *place = std::move(merged);
    }
  }
}

/// The chart's own values under `values`, without a look at subcharts. Source: coalesceValues.
void coalesce_own(const Instance& chart, Json& values, Nulls nulls) {
  const Json& defaults = chart.defaults();
  for (auto at = defaults.begin(); at != defaults.end(); ++at) {
    const auto hit = values.find(at.key());
    if (hit == values.end()) {
      values[at.key()] = at.value();
    } else if (hit->is_null() && nulls == Nulls::coalesce) {
      values.erase(hit);
    } else if (hit->is_object() && at->is_object()) {
      // Nulls meant for a subchart still have work to do there.
      const bool for_subchart =
          std::any_of(chart.subcharts.begin(), chart.subcharts.end(),
                      [&](const auto& sub) { return sub->name() == at.key(); });
      coalesce_tables(*hit, *at, for_subchart ? Nulls::merge : nulls);
    }
  }
}

/// Calls `visit(parent's, child's)` for the tables `global.x.y` that both have: Helm lets them
/// share those, since handing globals down copies only the level above. Source: coalesceGlobals.
template <typename Visit>
void each_shared_global(Json& parent, Json& child, const Visit& visit) {
  const auto from = parent.find("global");
  const auto into = child.find("global");
  if (from == parent.end() || into == child.end() || !from->is_object() || !into->is_object())
    return;
  for (auto at = from->begin(); at != from->end(); ++at) {
    const auto same = into->find(at.key());
    if (!at->is_object() || same == into->end() || !same->is_object()) continue;
    for (auto one = at->begin(); one != at->end(); ++one) {
      const auto other = same->find(one.key());
      if (one->is_object() && other != same->end() && other->is_object()) visit(*one, *other);
    }
  }
}

/// What later subcharts put into shared tables is seen by the earlier ones, too.
void share_globals_down(const Instance& chart, Json& values) {
  for (const auto& sub : chart.subcharts) {
    const auto slice = values.find(sub->name());
    if (slice == values.end() || !slice->is_object()) continue;
    each_shared_global(values, *slice, [](Json& own, Json& subs) {
      if (own != subs) subs = own;
    });
    share_globals_down(*sub, *slice);
  }
}

Result<void> coalesce_tree(const Instance& chart, Json& values, Nulls nulls) {
  coalesce_own(chart, values, nulls);
  for (const auto& sub : chart.subcharts) {
    const auto hit = values.find(sub->name());
    if (hit != values.end() && !hit->is_object()) {
      const std::array value{gotemplate::from_json(*hit)};
      return Error(Errc::bad_input, fmt::format("type mismatch on {}: {}", sub->name(),
                                                gotemplate::sprintf("%t", value)));
    }
    Json& slice = hit == values.end() ? (values[sub->name()] = Json::object()) : *hit;
    hand_down_globals(values, slice);
    if (auto done = coalesce_tree(*sub, slice, nulls); !done) return done;
    each_shared_global(values, slice, [](Json& own, Json& subs) {
      if (own != subs) own = subs;
    });
  }
  return {};
}

}  // namespace

void coalesce_tables(Json& over, const Json& under, Nulls nulls) {
  for (auto at = under.begin(); at != under.end(); ++at) {
    const auto hit = over.find(at.key());
    if (hit == over.end())
      over[at.key()] = at.value();
    else if (hit->is_null() && nulls == Nulls::coalesce)
      over.erase(hit);
    else if (hit->is_object() && at->is_object())
      coalesce_tables(*hit, *at, nulls);
  }
}

Result<void> coalesce(const Instance& chart, Json& values, Nulls nulls) {
  if (auto done = coalesce_tree(chart, values, nulls); !done) return done;
  share_globals_down(chart, values);
  return {};
}

const Json* table_at(const Json& values, std::string_view path) {
  const Json* at = &values;
  for (bool more = true; more;) {
    const std::size_t dot = path.find('.');
    const auto hit = at->find(path.substr(0, dot));
    if (hit == at->end() || !hit->is_object()) return nullptr;
    at = &*hit;
    more = dot != std::string_view::npos;
    if (more) path.remove_prefix(dot + 1);
  }
  return at;
}

}  // namespace spokelab::hub::helm

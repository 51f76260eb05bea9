// Exposition: metrics as Prometheus reads them (text format, version 0.0.4).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spokelab::hub::metrics {

enum class Type : std::uint8_t { counter, gauge, histogram };

/// Names and values, in any order.
using Labels = std::vector<std::pair<std::string, std::string>>;

/// What a histogram has seen.
struct Distribution {
  std::vector<double> bounds;            ///< Upper bounds, ascending, without +Inf.
  std::vector<std::uint64_t> in_bucket;  ///< One for each bound and one beyond; not added up.
  double sum = 0;

  std::uint64_t count() const;
};

/// One page: families sorted by name, series by their labels, labels by name, as Prometheus'
/// client library prints them. A family that two parts add to is printed once.
class Exposition {
 public:
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

  /// Labels that everything added from here on carries besides its own: which pod is speaking.
  void label_all(Labels labels) { common_ = std::move(labels); }
  /// Announces a family, which may have no series. The first one's help and type stand.
  void family(std::string_view name, std::string_view help, Type type);
  /// A counter's or gauge's series; the family must have been announced. The last value of a series
  /// stands.
  void sample(std::string_view family, Labels labels, double value);
  void sample(std::string_view family, Labels labels, const Distribution& seen);

  std::string text() const;

 private:
  struct Family {
    std::string help;
    Type type = Type::gauge;
    std::map<Labels, double> values;
    std::map<Labels, Distribution> distributions;
  };
  Labels complete(Labels labels) const;

  Labels common_;
  std::map<std::string, Family, std::less<>> families_;
};

/// A Kubernetes label as the name of one here: "label_" and the rest, with "_" for what may not
/// stand there.
std::string label_name(std::string_view kubernetes);

/// A number as Go's strconv.FormatFloat(x, 'g', -1, 64) prints it, which client_golang uses:
/// "0.25", "1e+06", "+Inf".
std::string number_text(double number);

}  // namespace spokelab::hub::metrics

// The parts of the rule book, one constant a file.
#pragma once

#include <string_view>

namespace spokelab::hub {

extern const std::string_view kBookKubernetes;
extern const std::string_view kBookDelivery;
extern const std::string_view kBookPromoter;
extern const std::string_view kBookNetwork;
extern const std::string_view kBookData;
extern const std::string_view kBookWorkloads;

}  // namespace spokelab::hub

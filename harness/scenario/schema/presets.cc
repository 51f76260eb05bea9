// The figures. Each says where it comes from: the vendor's documentation by the name of the page,
// or in so many words that it is an assumption.
#include "harness/scenario/schema/presets.h"

#include <fmt/format.h>

#include <array>

#include "base/check.h"

namespace spokelab::harness {

namespace {

constexpr std::string_view kRouter = "world/traffic/*/by";
constexpr std::string_view kClient = "world/traffic/*/populations/*";

constexpr std::string_view kBalancerKeys =
    "order weights region probe hold fail-open fallback cut by-request";
constexpr std::string_view kNameKeys =
    "order weights region probe ttl propagation hold fail-open fallback";

constexpr std::string_view kNlbGuide = "NLB user guide, health checks for target groups";
constexpr std::string_view kAlbGuide = "ALB user guide, health checks for target groups";
constexpr std::string_view kRoute53Guide =
    "Route 53 developer guide, how Route 53 determines whether a health check is healthy";
constexpr std::string_view kCloudflare = "Cloudflare load balancing docs, monitors";
constexpr std::string_view kTrafficManager = "Azure Traffic Manager docs, endpoint monitoring";
constexpr std::string_view kFrontDoor = "Azure Front Door docs, health probes";
constexpr std::string_view kGoogle = "Google Cloud load balancing docs, health checks overview";
constexpr std::string_view kF5 = "F5 BIG-IP DNS manual, monitors";
constexpr std::string_view kEnvoy = "Envoy API, outlier_detection.proto";
constexpr std::string_view kOurs = "an assumption: nobody publishes it";
constexpr std::string_view kOne = "of a balancer's probes one stands for all";

constexpr std::array kNlb{
    Figure{"every", "30s", kNlbGuide},
    Figure{"timeout", "6s", kNlbGuide},
    Figure{"unhealthy", "2", kNlbGuide},
    Figure{"healthy", "5", kNlbGuide},
    Figure{"checkers", "1", kOne},
    Figure{"fallback", "all", kNlbGuide},
    Figure{"cut", "true", "NLB user guide, target group attributes: connection termination"},
    Figure{"by-request", "false", "a layer 4 balancer"},
};
constexpr std::array kNlbTcp{
    Figure{"kind", "tcp", kNlbGuide},
    Figure{"every", "30s", kNlbGuide},
    Figure{"timeout", "10s", kNlbGuide},
    Figure{"unhealthy", "2", kNlbGuide},
    Figure{"healthy", "5", kNlbGuide},
    Figure{"checkers", "1", kOne},
    Figure{"fallback", "all", kNlbGuide},
    Figure{"cut", "true", "NLB user guide, target group attributes: connection termination"},
    Figure{"by-request", "false", "a layer 4 balancer"},
};
constexpr std::array kAlb{
    Figure{"every", "30s", kAlbGuide},
    Figure{"timeout", "5s", kAlbGuide},
    Figure{"unhealthy", "2", kAlbGuide},
    Figure{"healthy", "5", kAlbGuide},
    Figure{"checkers", "1", kOne},
    Figure{"fallback", "all", kAlbGuide},
    Figure{"by-request", "true", "a layer 7 balancer"},
};
constexpr std::array kGoogleLb{
    Figure{"every", "5s", kGoogle},
    Figure{"timeout", "5s", kGoogle},
    Figure{"unhealthy", "2", kGoogle},
    Figure{"healthy", "2", kGoogle},
    Figure{"checkers", "1", kOne},
    Figure{"fallback", "all", "differs by balancer; global ones fail open"},
    Figure{"by-request", "true", "a layer 7 balancer"},
};
constexpr std::array kFrontDoorFigures{
    Figure{"every", "30s", kFrontDoor},
    Figure{"timeout", "5s", kOurs},
    Figure{"samples", "4", "Front Door (classic) load balancing settings: sample size 4,"},
    Figure{"successes", "2", "and 2 successful samples required"},
    Figure{"checkers", "1", "each edge site judges by its own probes; one stands for all"},
    Figure{"fallback", "all", kFrontDoor},
    Figure{"by-request", "true", "a proxy at the edge"},
};
constexpr std::array kCloudflareFigures{
    Figure{"every", "60s", kCloudflare},
    Figure{"timeout", "5s", kCloudflare},
    Figure{"retries", "2", kCloudflare},
    Figure{"unhealthy", "1", "Cloudflare API, consecutive_down: one failed check by default"},
    Figure{"healthy", "1", "Cloudflare API, consecutive_up: one good check by default"},
    Figure{"checkers", "3", "three data centres of a region; `regions: 13, checkers: 39` is all"},
    Figure{"quorum", "50%", "the majority of a region's data centres"},
    Figure{"fallback", "last", "Cloudflare load balancing docs, fallback pools"},
    Figure{"by-request", "true", "a proxied record: no DNS wait"},
};
constexpr std::array kCloudflareDns{
    Figure{"every", "60s", kCloudflare},
    Figure{"timeout", "5s", kCloudflare},
    Figure{"retries", "2", kCloudflare},
    Figure{"unhealthy", "1", "Cloudflare API, consecutive_down: one failed check by default"},
    Figure{"healthy", "1", "Cloudflare API, consecutive_up: one good check by default"},
    Figure{"checkers", "3", "three data centres of a region; `regions: 13, checkers: 39` is all"},
    Figure{"quorum", "50%", "the majority of a region's data centres"},
    Figure{"fallback", "last", "Cloudflare load balancing docs, fallback pools"},
    Figure{"ttl", "30s", "Cloudflare API, load balancers: ttl of unproxied records"},
    Figure{"propagation", "5s", kOurs},
};
constexpr std::array kRoute53{
    Figure{"every", "30s", kRoute53Guide},
    Figure{"timeout", "4s", "Route 53 developer guide: 4 s to connect,"},
    Figure{"answer", "2s", "and 2 s more for the status code"},
    Figure{"spacing", "answer",
           "measured detection times: the interval runs from answer to request"},
    Figure{"unhealthy", "3", kRoute53Guide},
    Figure{"healthy", "3", kRoute53Guide},
    Figure{"begins", "healthy", "Route 53 developer guide: a new health check is healthy"},
    Figure{"checkers", "15", "about 15 checkers, in at least three regions"},
    Figure{"quorum", "18%", "Route 53 developer guide: healthy while more than 18% say so"},
    Figure{"fallback", "usual",
           "Route 53 developer guide: when none is healthy all count as healthy"},
    Figure{"ttl", "60s", "Route 53 developer guide: 60 s or less where health checks are used"},
    Figure{"propagation", "10s", kOurs},
};
constexpr std::array kRoute53Fast{
    Figure{"every", "10s", "Route 53 developer guide: fast health checks"},
    Figure{"timeout", "4s", "Route 53 developer guide: 4 s to connect,"},
    Figure{"answer", "2s", "and 2 s more for the status code"},
    Figure{"spacing", "answer",
           "measured detection times: the interval runs from answer to request"},
    Figure{"unhealthy", "3", kRoute53Guide},
    Figure{"healthy", "3", kRoute53Guide},
    Figure{"begins", "healthy", "Route 53 developer guide: a new health check is healthy"},
    Figure{"checkers", "15", "about 15 checkers, in at least three regions"},
    Figure{"quorum", "18%", "Route 53 developer guide: healthy while more than 18% say so"},
    Figure{"fallback", "usual",
           "Route 53 developer guide: when none is healthy all count as healthy"},
    Figure{"ttl", "60s", "Route 53 developer guide: 60 s or less where health checks are used"},
    Figure{"propagation", "10s", kOurs},
};
constexpr std::array kTrafficManagerFigures{
    Figure{"every", "30s", kTrafficManager},
    Figure{"timeout", "10s", kTrafficManager},
    Figure{"unhealthy", "4", "tolerated failures 3: the fourth degrades"},
    Figure{"healthy", "1", "one success recovers"},
    Figure{"checkers", "1", "probes of several places; one stands for all"},
    Figure{"fallback", "all", "all endpoints are returned when all are degraded"},
    Figure{"ttl", "60s", "the default of a new profile; examples in the docs use 30 s"},
    Figure{"propagation", "0s", "the prober and the name servers are one service"},
};
constexpr std::array kTrafficManagerFast{
    Figure{"every", "10s", "Azure Traffic Manager docs, endpoint monitoring: fast probing"},
    Figure{"timeout", "9s", "5 s to 9 s with fast probing"},
    Figure{"unhealthy", "1", "tolerated failures 0"},
    Figure{"healthy", "1", "one success recovers"},
    Figure{"checkers", "1", "probes of several places; one stands for all"},
    Figure{"fallback", "all", "all endpoints are returned when all are degraded"},
    Figure{"ttl", "60s", "the default of a new profile; 0 s is allowed"},
    Figure{"propagation", "0s", "the prober and the name servers are one service"},
};
constexpr std::array kF5Figures{
    Figure{"every", "30s", kF5},
    Figure{"timeout", "30s", "a probe waits for as long as the next one is away"},
    Figure{"silence", "120s", "no answer for 120 s: down"},
    Figure{"healthy", "1", "one success recovers"},
    Figure{"checkers", "1", "one BIG-IP asks"},
    Figure{"fallback", "last", "the pool of last resort"},
    Figure{"ttl", "30s", "BIG-IP DNS manual, wide IP TTL"},
    Figure{"propagation", "0s", "it answers look-ups itself"},
};
constexpr std::array kClusterDns{
    Figure{"kind", "endpoints",
           "the Multi-Cluster Services API: endpoint lists, watched and copied"},
    Figure{"every", "1s", "an assumption: a change of endpoints is everywhere within a second"},
    Figure{"timeout", "1s", "unused: who does not answer is believed as before"},
    Figure{"unhealthy", "1", "an empty endpoint list counts at once"},
    Figure{"healthy", "1", "so does a new endpoint"},
    Figure{"checkers", "1", "one controller copies the lists"},
    Figure{"fallback", "nobody", "a name without endpoints has no address"},
    Figure{"ttl", "30s", "kubeadm's Corefile: ttl 30, cache 30"},
    Figure{"propagation", "0s", "CoreDNS answers from its own copy"},
};
constexpr std::array kMesh{
    Figure{"errors", "5", "Envoy API: consecutive_5xx; Istio the same"},
    Figure{"sweep", "10s", kEnvoy},
    Figure{"ejection", "30s", kEnvoy},
    Figure{"ejection-max", "5m", kEnvoy},
    Figure{"connect-timeout", "10s", "Istio mesh config: connectTimeout"},
    Figure{"proxies", "20", "an assumption: pods that call"},
    Figure{"fallback", "usual", "Istio: panic threshold 0 with outlier detection; the order holds"},
};

constexpr std::array kFresh{
    Figure{"names-for", "0s", "Go and glibc keep no names"},
    Figure{"pool", "0s", "a command line: one request, one connection"},
};
constexpr std::array kBrowser{
    Figure{"names-for", "60s", "Chrome keeps names about a minute, whatever the TTL"},
};
constexpr std::array kJvm{
    Figure{"names-for", "30s", "networkaddress.cache.ttl without a security manager"},
};
constexpr std::array kJvmForever{
    Figure{"pinned", "true", "networkaddress.cache.ttl=-1, the default with a security manager"},
};
constexpr std::array kPooled{
    Figure{"pool", "2m", "an assumption: exponential ages with this mean"},
};
constexpr std::array kHttp2{
    Figure{"pool", "30m", "an assumption: connections are kept until they break"},
    Figure{"dead-after", "45s", "apimachinery util/net: 30 s idle, then a ping with 15 s"},
};
constexpr std::array kHttp2NoPing{
    Figure{"pool", "30m", "an assumption: connections are kept until they break"},
    Figure{"dead-after", "15m", "Linux tcp_retries2: 13 to 30 minutes"},
};
constexpr std::array kPinned{
    Figure{"pinned", "true", "nginx proxy_pass with a literal name: resolved at the start only"},
};
constexpr std::array kRaisedMinute{
    Figure{"ttl-min", "60s", "an estimate: some 3% of resolvers raise short TTLs to a minute"},
};
constexpr std::array kRaisedFive{
    Figure{"ttl-min", "300s",
           "an estimate: some 1.5% of resolvers raise short TTLs to five minutes"},
};

using enum Mechanism;
constexpr std::array kPresets{
    Preset{kRouter, "nlb", balancer, "", kBalancerKeys,
           "AWS Network Load Balancer with HTTP checks: new connections go elsewhere the moment it "
           "decides.",
           kNlb, true},
    Preset{kRouter, "nlb-tcp", balancer, "", kBalancerKeys,
           "AWS Network Load Balancer with TCP checks: an open port is enough.", kNlbTcp, true},
    Preset{kRouter, "alb", balancer, "", kBalancerKeys,
           "AWS Application Load Balancer: each request is sent on by itself.", kAlb, true},
    Preset{kRouter, "google-lb", balancer, "", kBalancerKeys, "Google Cloud global load balancer.",
           kGoogleLb},
    Preset{kRouter, "azure-front-door", balancer, "", kBalancerKeys,
           "Azure Front Door: judged by samples, not by runs.", kFrontDoorFigures},
    Preset{kRouter, "cloudflare", balancer, "", kBalancerKeys,
           "Cloudflare load balancing of a proxied record: three data centres vote.",
           kCloudflareFigures},
    Preset{kRouter, "cloudflare-dns", names, "", kNameKeys,
           "Cloudflare load balancing of a DNS-only record.", kCloudflareDns},
    Preset{kRouter, "route53", names, "", kNameKeys,
           "AWS Route 53 with standard health checks, 30 s apart.", kRoute53},
    Preset{kRouter, "route53-fast", names, "", kNameKeys,
           "AWS Route 53 with fast health checks, 10 s apart.", kRoute53Fast},
    Preset{kRouter, "azure-traffic-manager", names, "", kNameKeys,
           "Azure Traffic Manager, probing each 30 s.", kTrafficManagerFigures},
    Preset{kRouter, "azure-traffic-manager-fast", names, "", kNameKeys,
           "Azure Traffic Manager with fast probing, no failure tolerated.", kTrafficManagerFast},
    Preset{kRouter, "f5-dns", names, "", kNameKeys,
           "F5 BIG-IP DNS: down after a time without an answer.", kF5Figures, true},
    Preset{kRouter, "dns-failover", names, "order",
           "region probe ttl propagation hold fail-open fallback",
           "A DNS service that answers with the first healthy cluster; resolvers and clients cache "
           "the answer.",
           kRoute53},
    Preset{kRouter, "dns-weighted", names, "weights",
           "region probe ttl propagation hold fail-open fallback",
           "A DNS service that answers with healthy clusters by weight.", kRoute53},
    Preset{kRouter, "cluster-dns", names, "", kNameKeys,
           "DNS inside clusters (Multi-Cluster Services, CoreDNS): answers follow endpoint lists, "
           "which a silent cluster no longer changes.",
           kClusterDns, true},
    Preset{kRouter, "mesh", mesh, "", "order weights fail-open fallback sidecar",
           "A service mesh: proxies beside the callers eject a cluster whose answers fail. Nothing "
           "probes.",
           kMesh},
    Preset{kRouter,
           "direct",
           direct,
           "",
           "order weights",
           "Callers have the clusters' addresses: the first is used, `retries` go to the next. "
           "Nothing probes.",
           {}},

    Preset{kClient, "fresh", balancer, "", "", "Resolves and connects anew each time.", kFresh},
    Preset{kClient, "browser", balancer, "", "", "Caches a name for a minute.", kBrowser},
    Preset{kClient, "jvm", balancer, "", "", "Caches a name for 30 s.", kJvm},
    Preset{kClient, "jvm-forever", balancer, "", "", "A JVM that never looks a name up again.",
           kJvmForever},
    Preset{kClient, "pooled", balancer, "", "", "Keeps connections, two minutes on average.",
           kPooled},
    Preset{kClient, "http2", balancer, "", "",
           "Keeps connections for long, and pings them: a silent one is dropped after 45 s.",
           kHttp2},
    Preset{kClient, "http2-without-ping", balancer, "", "",
           "Keeps connections for long, and leaves a silent one to the kernel's timers.",
           kHttp2NoPing},
    Preset{kClient, "pinned", balancer, "", "", "Resolves once and for ever.", kPinned},
    Preset{kClient, "resolver-60s", balancer, "", "",
           "Sits behind a resolver that raises TTLs to a minute.", kRaisedMinute},
    Preset{kClient, "resolver-5m", balancer, "", "",
           "Sits behind a resolver that raises TTLs to five minutes.", kRaisedFive},
};

}  // namespace

std::span<const Preset> presets() { return kPresets; }

const Preset* preset_of(std::string_view object, std::string_view name) {
  for (const auto& preset : kPresets) {
    if (preset.object == object && preset.name == name) return &preset;
  }
  return nullptr;
}

Mechanism mechanism_of(std::string_view router) {
  const auto* preset = preset_of(kRouter, router);
  SPOKELAB_CHECK(preset != nullptr);
  return preset->mechanism;
}

std::string_view source_of(std::string_view object, std::string_view name, std::string_view key) {
  const auto* preset = preset_of(object, name);
  if (preset == nullptr) return "";
  for (const auto& figure : preset->figures) {
    if (figure.key == key) return figure.source;
  }
  return "";
}

std::string defaults_text(const Preset& preset) {
  std::string out;
  for (const auto& figure : preset.figures) {
    out += fmt::format("{}{}={}", out.empty() ? "" : " ", figure.key, figure.value);
  }
  return out;
}

}  // namespace spokelab::harness

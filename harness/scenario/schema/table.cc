// The rows of the scenario format's table. To add a key, add a row here and read it in
// reading/build.cc.
#include <array>
#include <deque>
#include <string>
#include <vector>

#include "harness/scenario/schema.h"
#include "harness/scenario/schema/presets.h"

namespace spokelab::harness {

namespace {

using enum Type;
constexpr bool kRequired = true;
constexpr bool kOptional = false;
constexpr bool kFixed = true;

constexpr std::array kFields{
    // The story.
    Field{"scenario", name, kRequired, "", "", "",
          "The scenario's name, unique among those run together.", "prod-outage"},
    Field{"because", text, kRequired, "", "", "",
          "Why this must hold, in a sentence. Printed when it does not.",
          "users must be served from DR within a minute of losing prod"},
    Field{"seed", seed, kOptional, "", "", "", "Where chance starts; 1 without it. `--seed` wins.",
          "7", text, kFixed},
    Field{"lasts", duration, kRequired, "", "1s..366d", "",
          "How long the story takes, in virtual time. The liveness phase comes after it.", "30m"},
    Field{"settle", duration, kOptional, "10m", "1s..7d", "",
          "How long everything may take to converge after the story, all faults healed.", "10m"},

    // Modules and variations.
    Field{"module", name, kOptional, "", "", "",
          "Makes this file a module, for `use` in others: a part of a world, faults, steps, limits "
          "or "
          "expectations. A module has no `scenario`.",
          "three-spokes"},
    Field{"parameters", map, kOptional, "", "..50", "",
          "What a module asks for. $name stands for the value, wherever a whole value or key may "
          "stand, "
          "and as a segment of a name in an expression or event.",
          "{victim: {type: name}}", name},
    Field{"parameters/*", object, kOptional, "", "", "", "One parameter.",
          "{type: duration, default: 5m}"},
    Field{"parameters/*/type", choice, kOptional, "scalar", "",
          "duration|offset|percent|rate|bytes|byte_rate|count|boolean|name|text|scalar",
          "What kind of value it is.", "duration", text, kFixed},
    Field{"parameters/*/default", scalar, kOptional, "", "", "",
          "Its value where `with` gives none.", "5m"},
    Field{"parameters/*/doc", text, kOptional, "", "", "", "What it is for.",
          "how long the region is gone"},
    Field{"use", list, kOptional, "", "..50", "",
          "Takes in modules. Maps are merged, and what the scenario says itself wins; `steps` and "
          "`expect` "
          "are appended; two faults of one name are an error.",
          "{file: modules/three-spokes.yaml, with: {victim: prod}}"},
    Field{"use/[]", object, kOptional, "", "", "", "One module.",
          "{file: modules/three-spokes.yaml}"},
    Field{"use/[]/file", path, kRequired, "", "", "", "The module's file.",
          "modules/three-spokes.yaml", text, kFixed},
    Field{"use/[]/with", map, kOptional, "", "..50", "", "Values for the module's parameters.",
          "{victim: prod}", name},
    Field{"use/[]/with/*", scalar, kOptional, "", "", "", "One value.", "prod"},
    Field{"matrix", map, kOptional, "", "..10", "",
          "Runs the scenario once for each combination of these values; $name stands for the "
          "value. At "
          "most 1,000 combinations.",
          "{spokes: [3, 50], how: [refused, blackhole]}", name},
    Field{"matrix/*", list, kOptional, "", "1..100", "", "The values of one dimension.", "[3, 50]"},
    Field{"matrix/*/[]", scalar, kOptional, "", "", "", "One value.", "50"},
    Field{
        "verdict", map, kOptional, "", "..100", "",
        "Where a combination of the matrix is known not to pass: what its verdict ought to be. "
        "Keys are NAME=VALUE of the matrix, several joined by commas; the most particular counts. "
        "For `run`, what ends as stated is as good as what passes, and what does not is a failure; "
        "a sweep counts verdicts as they are.",
        "{profile=argocd-3.5: failed}"},
    Field{"verdict/*", choice, kOptional, "", "", "passed|failed|inconclusive", "The verdict.",
          "failed", text, kFixed},

    Field{"control", boolean, kOptional, "false", "", "",
          "Also plays the same seed without the faults, and tells what differs: that is their "
          "doing.",
          "true", text, kFixed},

    // The world.
    Field{"world", object, kRequired, "", "", "", "What there is before anything goes wrong.",
          "{hub: {region: us-east}, clusters: {prod: {region: us-east}}}"},
    Field{"world/hub", object, kRequired, "", "", "",
          "The hub: the cluster that runs the sync engine.",
          "{region: us-east, replicas: 3, profile: spokelab}"},
    Field{"world/hub/region", name, kRequired, "", "", "", "Where the hub stands.", "us-east"},
    Field{"world/hub/replicas", count, kOptional, "1", "1..64", "",
          "Replicas of the engine, named hub-0, hub-1, ...", "3", text, kFixed},
    Field{"world/hub/profile", choice, kOptional, "spokelab", "", "spokelab|argocd-3.5",
          "Whose timings and blind spots the engine has: its own, or those of Argo CD 3.5.",
          "argocd-3.5"},
    Field{"world/hub/namespace", name, kOptional, "argocd", "", "",
          "Where Applications and cluster Secrets live on the hub.", "argocd"},
    Field{"world/hub/settings", map, kOptional, "", "..200", "",
          "Single timings and switches of the profile, set otherwise.",
          "{spokelab.probe.every: 10s}", text},
    Field{"world/hub/settings/*", scalar, kOptional, "", "", "",
          "One setting: an environment variable of Argo CD's controllers, a key of "
          "argocd-cmd-params-cm, or "
          "one of spokelab's own (hub/profile.cc).",
          "10s"},
    Field{"world/clusters", map, kRequired, "", "1..5000", "", "The clusters the hub deploys to.",
          "{prod: {region: us-east}}", name},
    Field{"world/clusters/*", object, kOptional, "", "", "",
          "One cluster, registered with the hub at the start.",
          "{region: us-east, labels: {env: prod}}"},
    Field{"world/clusters/*/region", name, kRequired, "", "", "", "Where it stands.", "us-east"},
    Field{"world/clusters/*/count", count, kOptional, "", "1..5000", "",
          "Makes that many clusters: edge-1, edge-2, ... (with leading zeros, so that they sort). "
          "`edge-*` "
          "names all of them.",
          "50", text, kFixed},
    Field{"world/clusters/*/labels", map, kOptional, "", "..64", "",
          "Labels of the cluster's Secret on the hub: what ApplicationSets select by.",
          "{env: prod, deploy: \"true\"}", label_key},
    Field{"world/clusters/*/labels/*", label_value, kOptional, "", "", "", "One label.", "prod"},
    Field{"world/clusters/*/annotations", map, kOptional, "", "..64", "",
          "Annotations of the cluster's Secret on the hub.", "{owner: team-a}", label_key},
    Field{"world/clusters/*/annotations/*", label_value, kOptional, "", "", "", "One annotation.",
          "team-a"},
    Field{"world/clusters/*/register", boolean, kOptional, "true", "", "",
          "Whether the run starts by registering it, as `argocd cluster add` does.", "false"},
    Field{"world/clusters/*/nodes", count, kOptional, "3", "1..5000", "", "Worker nodes.", "3"},
    Field{"world/clusters/*/zones", count, kOptional, "3", "1..9", "",
          "Zones of the region (a, b, c, ...) that the nodes are dealt to in turn.", "3"},
    Field{"world/repos", map, kOptional, "", "..1000", "",
          "What the hub's Git URLs mean here: a directory, or a Git repository.",
          "{https://github.com/example/agent: repos/agent}", url},
    Field{"world/repos/*", path, kOptional, "", "", "", "The directory.", "repos/agent", text,
          kFixed},
    Field{"world/apply", map, kOptional, "", "..5001", "",
          "Manifests applied at the start, once the clusters are registered. Argo CD's own without "
          "a namespace go to the hub's; its settings count from its first start.",
          "{hub: [repos/agent/argocd/appset.yaml]}", target},
    Field{"world/apply/*", list, kOptional, "", "..1000", "",
          "Files, or directories of *.yaml files.", "[appset.yaml]"},
    Field{"world/apply/*/[]", path, kOptional, "", "", "", "One file or directory.", "appset.yaml",
          text, kFixed},
    Field{"world/network", object, kOptional, "", "", "", "How far apart places are.",
          "{round-trip: {us-east <-> eu-west: 80ms}}"},
    Field{"world/network/within-region", duration, kOptional, "1ms", "0s..10s", "",
          "Round trip between two places in one region.", "1ms"},
    Field{"world/network/between-regions", duration, kOptional, "70ms", "0s..10s", "",
          "Round trip between two regions that `round-trip` does not list.", "70ms"},
    Field{"world/network/round-trip", map, kOptional, "", "..1000", "",
          "Round trip between two regions, both ways.", "{us-east <-> eu-west: 80ms}", link},
    Field{"world/network/round-trip/*", duration, kOptional, "", "0s..10s", "", "The round trip.",
          "80ms"},
    Field{"world/network/jitter", percent, kOptional, "10%", "0%..100%", "",
          "How much each message's delay varies, as a share of it.", "10%"},

    // Users and what steers them.
    Field{"world/traffic", map, kOptional, "", "..100", "", "Populations of users, by name.",
          "{agent: {users: 200/s, to: {service: agent/agent}, by: {kind: nlb, order: [prod, dr]}}}",
          name},
    Field{"world/traffic/*", object, kOptional, "", "", "",
          "One population and the router it goes through.",
          "{users: 200/s, to: {service: agent/agent}, by: {kind: nlb, order: [prod, dr]}}"},
    Field{"world/traffic/*/users", rate, kRequired, "", "1/d..1000000/s", "", "Requests they make.",
          "200/s"},
    Field{"world/traffic/*/from", map, kOptional, "", "..100", "",
          "Where users sit, as shares of all; without it, in the hub's region. They sit outside of "
          "data centres: a lost region does not take them along.",
          "{us-east: 60%, eu-west: 40%}", name},
    Field{"world/traffic/*/from/*", percent, kOptional, "", "0%..100%", "", "The region's share.",
          "60%", text, kFixed},
    Field{"world/traffic/*/timeout", duration, kOptional, "5s", "1ms..10m", "",
          "When a user gives up on a request.", "5s"},
    Field{
        "world/traffic/*/connect-timeout", duration, kOptional, "2s", "1ms..10m", "",
        "When a user gives up on a connection; never later than `timeout`. Behind a mesh it is the "
        "sidecar's that counts.",
        "2s"},
    Field{"world/traffic/*/slow", duration, kOptional, "1s", "1ms..10m", "",
          "An answer that takes longer counts as failed.", "1s"},
    Field{"world/traffic/*/slo", percent, kOptional, "99.9%", "50%..99.9999%", "",
          "The share of requests that ought to succeed in a month of 30.4 days: what is missing to "
          "100% is the error budget that reports count against.",
          "99.95%", text, kFixed},
    Field{"world/traffic/*/retries", count, kOptional, "0", "0..10", "",
          "How often a user tries again at once after a failure. One intent counts once.", "0"},
    Field{"world/traffic/*/clients", map, kOptional, "", "..10", "",
          "What the users' programs do with names and connections, as shares. Without it all are "
          "`fresh`. What each kind does is listed below; `populations` says it in detail.",
          "{browser: 60%, jvm: 30%, pinned: 10%}", choice},
    Field{"world/traffic/*/clients/*", percent, kOptional, "", "0%..100%", "@clients", "The share.",
          "60%", text, kFixed},
    Field{
        "world/traffic/*/populations", map, kOptional, "", "..20", "",
        "Users side by side, each with programs and resolvers of their own. Instead of `clients`.",
        "{web: {share: 70%, like: browser}, batch: {share: 30%, like: jvm, retries: 3}}", name},
    Field{"world/traffic/*/populations/*", object, kOptional, "", "", "", "One population.",
          "{share: 70%, like: browser, retries: 2, backoff: 100ms, retry-budget: 20%}"},
    Field{"world/traffic/*/populations/*/share", percent, kRequired, "", "0%..100%", "",
          "Its share of the users.", "70%", text, kFixed},
    Field{"world/traffic/*/populations/*/like", choice, kOptional, "fresh", "", "@clients",
          "What its programs are like: the defaults of what stands beside it.", "browser", text,
          kFixed},
    Field{"world/traffic/*/populations/*/names-for", duration, kOptional, "0s", "0s..7d", "",
          "How long its programs keep a name, where that is longer than the TTL.", "60s"},
    Field{"world/traffic/*/populations/*/pinned", boolean, kOptional, "false", "", "",
          "Names are resolved once and for ever.", "true"},
    Field{"world/traffic/*/populations/*/pool", duration, kOptional, "0s", "0s..24h", "",
          "Mean age at which a kept connection is closed; 0s: a connection for each request.",
          "2m"},
    Field{"world/traffic/*/populations/*/dead-after", duration, kOptional, "0s", "0s..1h", "",
          "When a kept connection over a way that fell silent is found to be dead; 0s: with the "
          "first "
          "request that times out.",
          "45s"},
    Field{"world/traffic/*/populations/*/retries", count, kOptional, "", "0..10", "",
          "How often it tries again; without it, as the traffic's `retries`.", "2"},
    Field{"world/traffic/*/populations/*/backoff", duration, kOptional, "0s", "0s..1m", "",
          "Pause before the first retry; each further one is twice as long.", "100ms"},
    Field{"world/traffic/*/populations/*/retry-budget", percent, kOptional, "0%", "0%..100%", "",
          "Retries are at most this share of its requests; 0%: no budget.", "20%"},
    Field{"world/traffic/*/populations/*/resolver", object, kOptional, "", "", "",
          "What its resolver makes of an answer.", "{ttl-min: 60s, serve-stale: 24h}"},
    Field{"world/traffic/*/populations/*/resolver/ttl-min", duration, kOptional, "0s", "0s..7d", "",
          "Shorter TTLs are raised to this.", "60s"},
    Field{"world/traffic/*/populations/*/resolver/ttl-max", duration, kOptional, "7d", "0s..7d", "",
          "Longer TTLs are cut to this (RFC 8767: 7 days).", "1h"},
    Field{"world/traffic/*/populations/*/resolver/serve-stale", duration, kOptional, "24h",
          "0s..7d", "",
          "How long an expired answer is given while the name servers are silent (RFC 8767: 1 to 3 "
          "days); 0s: not at all.",
          "24h"},
    Field{"world/traffic/*/to", object, kRequired, "", "", "", "What they call.",
          "{service: agent/agent-service}"},
    Field{"world/traffic/*/to/service", service, kRequired, "", "", "",
          "The Service, as NAMESPACE/NAME; a cluster serves while it has ready endpoints.",
          "agent/agent-service"},
    Field{"world/traffic/*/to/capacity", object, kOptional, "any load", "", "",
          "What the Service's pods carry in each cluster. It counts for all "
          "traffic that calls the Service. The load is told to the HorizontalPodAutoscaler that "
          "scales them, where there is one.",
          "{per-pod: 50/s, overload: queue, warm-up: 30s}"},
    Field{"world/traffic/*/to/capacity/per-pod", rate, kOptional, "100/s", "1/d..1000000/s", "",
          "Requests that one warm pod answers with the CPU that it requests.", "50/s"},
    Field{
        "world/traffic/*/to/capacity/overload", choice, kOptional, "shed", "", "shed|queue",
        "What becomes of requests beyond that: shed: an error at once; queue: they wait, and those "
        "that find the queue full are shed.",
        "queue"},
    Field{"world/traffic/*/to/capacity/queue", count, kOptional, "100", "1..1000000", "",
          "How many requests wait, for each ready pod.", "100"},
    Field{"world/traffic/*/to/capacity/warm-up", duration, kOptional, "0s", "0s..1h", "",
          "From ready until a pod carries all that it can.", "30s"},
    Field{"world/traffic/*/to/capacity/cold", percent, kOptional, "50%", "0%..100%", "",
          "What a pod carries at first; it grows evenly.", "20%"},
    Field{"world/traffic/*/by", object, kRequired, "", "", "", "The router that picks the cluster.",
          "{kind: nlb, order: [prod, dr], probe: {every: 10s, timeout: 6s}}"},
    Field{"world/traffic/*/by/kind", choice, kRequired, "", "", "@routers", "What sort of router.",
          "nlb", text, kFixed},
    Field{"world/traffic/*/by/region", name, kOptional, "", "", "",
          "Where it and its probes stand; without it, in the hub's region. A regional router (nlb, "
          "nlb-tcp, alb, f5-dns, cluster-dns) falls with a lost region; the others stand in many.",
          "us-east"},
    Field{"world/traffic/*/by/order", list, kOptional, "", "1..100", "",
          "Clusters by preference: the first healthy one gets all users.", "[prod, dr, staging]"},
    Field{"world/traffic/*/by/order/[]", cluster, kOptional, "", "", "", "One cluster.", "prod"},
    Field{"world/traffic/*/by/weights", map, kOptional, "", "1..100", "",
          "Clusters that share the users, by weight. Instead of `order`.", "{prod: 3, dr: 1}",
          cluster},
    Field{"world/traffic/*/by/weights/*", count, kOptional, "", "0..1000", "", "The weight.", "3"},
    Field{"world/traffic/*/by/probe", object, kOptional, "", "", "",
          "How it finds out who is healthy. Defaults are those of the cloud service the kind is "
          "named after.",
          "{path: /healthz, every: 10s, timeout: 6s, unhealthy: 3, healthy: 3}"},
    Field{"world/traffic/*/by/probe/kind", choice, kOptional, "http", "", "http|tcp|endpoints",
          "http: a request that must be answered 200; tcp: a mere connection; endpoints: a look at "
          "the "
          "cluster's list of ready endpoints, of which a silent cluster's is believed as it last "
          "was.",
          "http"},
    Field{"world/traffic/*/by/probe/path", text, kOptional, "/", "", "", "The HTTP path.",
          "/healthz"},
    Field{"world/traffic/*/by/probe/every", duration, kOptional, "30s", "100ms..1h", "",
          "From probe to probe.", "10s"},
    Field{"world/traffic/*/by/probe/timeout", duration, kOptional, "6s", "10ms..10m", "",
          "When an unanswered probe has failed.", "6s"},
    Field{"world/traffic/*/by/probe/unhealthy", count, kOptional, "3", "1..100", "",
          "Failed probes in a row that make a target unhealthy.", "3"},
    Field{"world/traffic/*/by/probe/healthy", count, kOptional, "3", "1..100", "",
          "Good probes in a row that make it healthy again.", "3"},
    Field{"world/traffic/*/by/probe/answer", duration, kOptional, "0s", "0s..10m", "",
          "Further time for the answer once connected; 0s: `timeout` is for both.", "2s"},
    Field{"world/traffic/*/by/probe/spacing", choice, kOptional, "grid", "", "grid|answer",
          "grid: probes go out at fixed instants; answer: `every` runs from the end of one to the "
          "next.",
          "answer"},
    Field{"world/traffic/*/by/probe/begins", choice, kOptional, "unknown", "", "unknown|healthy",
          "What is believed of a target that was never probed.", "healthy"},
    Field{"world/traffic/*/by/probe/retries", count, kOptional, "0", "0..10", "",
          "Repetitions of a probe that timed out, at once.", "2"},
    Field{"world/traffic/*/by/probe/samples", count, kOptional, "0", "0..100", "",
          "Judge by the last so many probes, and not by failures in a row; 0: in a row.", "4"},
    Field{"world/traffic/*/by/probe/successes", count, kOptional, "1", "1..100", "",
          "How many of the `samples` must be good.", "2"},
    Field{
        "world/traffic/*/by/probe/silence", duration, kOptional, "0s", "0s..1h", "",
        "A target is unhealthy once no probe was good for so long, and not before; 0s: `unhealthy` "
        "decides.",
        "120s"},
    Field{"world/traffic/*/by/probe/checkers", count, kOptional, "1", "1..100", "",
          "Independent probers, each with its own phase and thresholds.", "15"},
    Field{
        "world/traffic/*/by/probe/quorum", percent, kOptional, "18%", "0%..100%", "",
        "A target is healthy while more than this share of the checkers (or of the `regions`) say "
        "so.",
        "50%"},
    Field{"world/traffic/*/by/probe/regions", count, kOptional, "1", "1..100", "",
          "Deals the checkers to so many regions, of which each goes by its majority.", "13"},
    Field{"world/traffic/*/by/ttl", duration, kOptional, "60s", "0s..7d", "",
          "How long resolvers keep an answer.", "60s"},
    Field{"world/traffic/*/by/propagation", duration, kOptional, "10s", "0s..1h", "",
          "From the decision until all name servers answer by it.", "10s"},
    Field{"world/traffic/*/by/fail-open", boolean, kOptional, "true", "", "",
          "Whether users are sent on when no target is healthy; where to, says `fallback`.",
          "true"},
    Field{"world/traffic/*/by/fallback", choice, kOptional, "all", "", "all|usual|last|nobody",
          "Where users go when no target is healthy: all: to every target; usual: as if all were "
          "healthy; last: to the last of the order.",
          "last"},
    Field{"world/traffic/*/by/hold", duration, kOptional, "0s", "0s..24h", "",
          "How long a preferred target must be healthy again before users go back to it.", "5m"},
    Field{"world/traffic/*/by/cut", boolean, kOptional, "true", "", "",
          "Whether live connections to a target that turned unhealthy are reset.", "true"},
    Field{
        "world/traffic/*/by/by-request", boolean, kOptional, "false", "", "",
        "Whether each request is sent on by itself (layer 7), so that kept connections bind nobody "
        "to a target.",
        "true"},
    Field{"world/traffic/*/by/sidecar", object, kOptional, "", "", "",
          "How the proxies of a mesh find out who fails (Envoy's outlier detection).",
          "{errors: 5, ejection: 30s}"},
    Field{"world/traffic/*/by/sidecar/proxies", count, kOptional, "20", "1..200", "",
          "Proxies that share the requests; each judges for itself.", "20"},
    Field{"world/traffic/*/by/sidecar/errors", count, kOptional, "5", "1..1000", "",
          "Errors in a row that eject a cluster.", "5"},
    Field{"world/traffic/*/by/sidecar/sweep", duration, kOptional, "10s", "10ms..1h", "",
          "How often it is looked whether an ejection is over.", "10s"},
    Field{"world/traffic/*/by/sidecar/ejection", duration, kOptional, "30s", "10ms..24h", "",
          "How long an ejection lasts, times how often there was one.", "30s"},
    Field{"world/traffic/*/by/sidecar/ejection-max", duration, kOptional, "5m", "10ms..24h", "",
          "It lasts no longer than that.", "5m"},
    Field{"world/traffic/*/by/sidecar/connect-timeout", duration, kOptional, "10s", "1ms..10m", "",
          "When a proxy gives up on a connection to a cluster.", "10s"},

    // Faults.
    Field{"faults", map, kOptional, "", "..200", "",
          "Windows in which something is broken. The engine heals each of them; NAME.start and "
          "NAME.end are "
          "events.",
          "{prod-lost: {what: region-loss, on: prod, at: 5m, for: 10m}}", name},
    Field{"faults/*", object, kOptional, "", "", "", "One fault.",
          "{what: region-loss, on: prod, at: 5m, for: 10m}"},
    Field{"faults/*/what", choice, kRequired, "", "", "@faults", "What goes wrong.", "region-loss"},
    Field{"faults/*/because", text, kOptional, "", "", "", "A word for the reader.",
          "the cable is cut"},
    Field{"faults/*/on", list, kOptional, "", "1..100", "",
          "What it strikes: a cluster, a region, hub, hub-0, a traffic's name, a repository's URL. "
          "edge-* takes "
          "all that match. Where a region and a cluster share a name: region/NAME, cluster/NAME. "
          "owner/prod is the hub "
          "replica that looks after prod when the fault begins.",
          "prod"},
    Field{"faults/*/on/[]", place, kOptional, "", "", "", "One place.", "prod"},
    Field{
        "faults/*/between", link, kOptional, "", "", "",
        "A path, both ways. Ends: hub, hub-0, a cluster, a region, users, router, git. Behind a "
        "load balancer `users` are the requests that it sends on, without its probes; `router` is "
        "both.",
        "hub <-> prod"},
    Field{"faults/*/from", place, kOptional, "", "", "", "One end of a path, one way only.", "hub"},
    Field{"faults/*/to", place, kOptional, "", "", "", "The other end.", "prod"},
    Field{"faults/*/at", duration, kOptional, "", "0s..366d", "", "When it begins.", "5m"},
    Field{"faults/*/when", expression, kOptional, "", "", "",
          "It begins the first time this holds. A condition that never holds fails the run.",
          "app.agent-prod.operation == Running"},
    Field{"faults/*/for", duration, kRequired, "", "1ms..366d", "", "How long it lasts.", "10m"},
    Field{"faults/*/share", percent, kOptional, "100%", "0%..100%", "",
          "What share of messages, connections, requests or pods it hits. Of a path it is that of "
          "the connections, each drawn when it is opened; of users' ways, that of their requests.",
          "30%"},
    Field{"faults/*/latency", duration, kOptional, "", "0s..10m", "", "Delay added, each way.",
          "200ms"},
    Field{"faults/*/jitter", duration, kOptional, "0s", "0s..10m", "",
          "How far a delay varies around that.", "50ms"},
    Field{"faults/*/ramp", duration, kOptional, "", "0s..366d", "",
          "Grows from nothing to its full strength over this time, in ten steps.", "1m"},
    Field{"faults/*/rate", byte_rate, kOptional, "", "1B/s..100GiB/s", "",
          "What is left of the bandwidth.", "1MiB/s"},
    Field{"faults/*/every", duration, kOptional, "", "10ms..24h", "",
          "Does it again and again at this interval while the fault lasts.", "30s"},
    Field{"faults/*/code", count, kOptional, "500", "400..599", "", "The HTTP status answered.",
          "503"},
    Field{"faults/*/retry-after", duration, kOptional, "", "1s..1h", "",
          "The Retry-After header of the answers; none without it.", "1s"},
    Field{"faults/*/verbs", list, kOptional, "", "1..10", "", "Only requests of these verbs.",
          "[list, watch]"},
    Field{"faults/*/verbs/[]", choice, kOptional, "", "",
          "get|list|watch|create|update|patch|delete", "One verb.", "list"},
    Field{"faults/*/resources", list, kOptional, "", "1..100", "",
          "Only requests for these resources, as RESOURCE or RESOURCE.GROUP.",
          "[deployments.apps]"},
    Field{"faults/*/resources/[]", text, kOptional, "", "", "", "One resource.",
          "deployments.apps"},
    Field{"faults/*/how", choice, kOptional, "blackhole", "", "refused|blackhole|error",
          "Whether it refuses at once, says nothing at all, or answers with an error.", "refused"},
    Field{"faults/*/problem", choice, kOptional, "expired", "", "expired|wrong-name|unknown-ca",
          "What is wrong with the certificate.", "expired"},
    Field{"faults/*/offset", offset, kOptional, "", "-365d..365d", "", "How far the clock is off.",
          "-10m"},
    Field{"faults/*/nodes", count, kOptional, "1", "1..5000", "", "How many nodes of each cluster.",
          "1"},
    Field{"faults/*/zone", name, kOptional, "a", "", "", "Which zone of the cluster.", "a"},
    Field{"faults/*/object", object_ref, kOptional, "", "", "", "Whose pods.",
          "deployment agent/agent-prod"},
    Field{"faults/*/down", duration, kOptional, "5s", "10ms..24h", "",
          "How long the process is gone before it is started again.", "5s"},
    Field{"faults/*/answer", cluster, kOptional, "", "", "",
          "The cluster the wrong answer leads to.", "dr"},
    Field{"faults/*/component", choice, kOptional, "", "",
          "applicationset-controller|repo-server|notifications-controller|redis|server",
          "Which part of the hub. The application controller is the replica itself: hub-loss.",
          "repo-server"},

    // Steps.
    Field{"steps", list, kOptional, "", "..1000", "",
          "What people and machines do beside the faults.",
          "{at: 2m, commit: {repo: https://github.com/example/agent, message: v2, files: "
          "{values.yaml: {set: {tag: v2}}}}}"},
    Field{"steps/[]", object, kOptional, "", "", "", "One action.",
          "{at: 2m, label: {cluster: dr, labels: {deploy: null}}}"},
    Field{"steps/[]/name", name, kOptional, "", "", "",
          "Makes NAME.start and NAME.end events: before and after the action.", "new-version", text,
          kFixed},
    Field{"steps/[]/because", text, kOptional, "", "", "", "A word for the reader.",
          "a release goes out"},
    Field{"steps/[]/at", duration, kOptional, "", "0s..366d", "", "When.", "2m"},
    Field{"steps/[]/when", expression, kOptional, "", "", "", "The first time this holds.",
          "fault.prod-lost == healed"},
    Field{"steps/[]/commit", object, kOptional, "", "", "", "Changes files in a repository.",
          "{repo: https://github.com/example/agent, message: v2, files: {values.yaml: {set: {tag: "
          "v2}}}}"},
    Field{"steps/[]/commit/repo", repo, kRequired, "", "", "", "A URL of world.repos.",
          "https://github.com/example/agent"},
    Field{"steps/[]/commit/branch", text, kOptional, "", "", "",
          "The branch; without it the repository's own (HEAD).", "main"},
    Field{"steps/[]/commit/message", text, kOptional, "a change", "", "", "The commit message.",
          "v2"},
    Field{"steps/[]/commit/webhook", boolean, kOptional, "false", "", "",
          "Whether the Git server tells argocd-server of it, which refreshes the Applications that "
          "follow the branch; nobody is told while that is down.",
          "true"},
    Field{"steps/[]/commit/files", map, kRequired, "", "1..1000", "",
          "Changes by path in the repository.", "{values.yaml: {set: {image.tag: v2}}}", path},
    Field{"steps/[]/commit/files/*", file_change, kOptional, "", "", "",
          "The new content as text; null deletes the file; or one of the keys below.",
          "{set: {image.tag: v2}}"},
    Field{"steps/[]/commit/files/*/replace", object, kOptional, "", "", "",
          "Replaces a text, which must occur.", "{from: v1, to: v2}"},
    Field{"steps/[]/commit/files/*/replace/from", text, kRequired, "", "", "",
          "The text to replace.", "v1"},
    Field{"steps/[]/commit/files/*/replace/to", text, kRequired, "", "", "", "What it becomes.",
          "v2"},
    Field{"steps/[]/commit/files/*/set", map, kOptional, "", "1..100", "",
          "Sets values in a YAML file, by dotted path.", "{image.tag: v2, replicas: 3}", text},
    Field{"steps/[]/commit/files/*/set/*", json, kOptional, "", "", "", "The value.", "v2"},
    Field{"steps/[]/commit/files/*/copy", path, kOptional, "", "", "",
          "Takes the content from a file beside the scenario.", "broken/values.yaml", text, kFixed},
    Field{"steps/[]/edit", object, kOptional, "", "", "",
          "Changes an object on a cluster behind Git's back.",
          "{cluster: prod, object: deployment agent/agent-prod, patch: {spec: {replicas: 1}}}"},
    Field{"steps/[]/edit/cluster", target, kRequired, "", "", "", "Where.", "prod"},
    Field{"steps/[]/edit/object", object_ref, kRequired, "", "", "", "What.",
          "deployment agent/agent-prod"},
    Field{"steps/[]/edit/patch", json, kRequired, "", "", "", "A merge patch (RFC 7386).",
          "{spec: {replicas: 1}}"},
    Field{"steps/[]/delete", object, kOptional, "", "", "", "Deletes an object on a cluster.",
          "{cluster: prod, object: deployment agent/agent-prod}"},
    Field{"steps/[]/delete/cluster", target, kRequired, "", "", "", "Where.", "prod"},
    Field{"steps/[]/delete/object", object_ref, kRequired, "", "", "", "What.",
          "deployment agent/agent-prod"},
    Field{"steps/[]/delete/propagation", choice, kOptional, "background", "",
          "background|foreground|orphan", "What becomes of what it owns.", "foreground"},
    Field{"steps/[]/label", object, kOptional, "", "", "",
          "Changes labels of a cluster's Secret on the hub.",
          "{cluster: dr, labels: {deploy: null}}"},
    Field{"steps/[]/label/cluster", cluster, kRequired, "", "", "", "Which cluster.", "dr"},
    Field{"steps/[]/label/labels", map, kRequired, "", "1..64", "", "New values; null removes.",
          "{deploy: null}", label_key},
    Field{"steps/[]/label/labels/*", label_change, kOptional, "", "", "", "One label.", "null"},
    Field{"steps/[]/apply", object, kOptional, "", "", "",
          "Applies manifests, as kubectl apply does.", "{cluster: hub, files: [appset-v2.yaml]}"},
    Field{"steps/[]/apply/cluster", target, kOptional, "hub", "", "", "Where.", "hub"},
    Field{"steps/[]/apply/files", list, kRequired, "", "1..1000", "",
          "Files, or directories of *.yaml files.", "[appset-v2.yaml]"},
    Field{"steps/[]/apply/files/[]", path, kOptional, "", "", "", "One of them.", "appset-v2.yaml",
          text, kFixed},
    Field{"steps/[]/register", cluster, kOptional, "", "", "",
          "Registers a cluster with the hub, as `argocd cluster add` does.", "dr"},
    Field{"steps/[]/unregister", cluster, kOptional, "", "", "",
          "Takes a cluster from the hub, as `argocd cluster rm` does.", "dr"},
    Field{"steps/[]/sync", object, kOptional, "", "", "",
          "Syncs an Application as `argocd app sync` does; tried again every 5s until "
          "argocd-server takes it.",
          "{app: agent-prod, prune: true}"},
    Field{"steps/[]/sync/app", text, kRequired, "", "", "", "Which.", "agent-prod"},
    Field{"steps/[]/sync/revision", text, kOptional, "", "", "",
          "The revision; without it the one its spec names.", "v2"},
    Field{"steps/[]/sync/prune", boolean, kOptional, "false", "", "",
          "Whether objects that are no longer wanted are deleted.", "true"},
    Field{"steps/[]/refresh", object, kOptional, "", "", "",
          "Has an Application compared anew as `argocd app get --refresh` does; tried again every "
          "5s until argocd-server takes it.",
          "{app: agent-prod, hard: true}"},
    Field{"steps/[]/refresh/app", text, kRequired, "", "", "", "Which.", "agent-prod"},
    Field{"steps/[]/refresh/hard", boolean, kOptional, "false", "", "",
          "Without what is remembered of manifests.", "true"},
    Field{"steps/[]/restart", replica, kOptional, "", "", "",
          "Restarts a hub replica, or all with `hub`.", "hub-0"},

    // What must hold.
    Field{"limits", map, kOptional, "", "..200", "",
          "Bounds on the measured timings of a fault; each is a test case of its own.",
          "{prod-lost: {detection.hub: 30s, failover: 60s}}", fault},
    Field{"limits/*", object, kOptional, "", "", "", "Bounds for one fault.",
          "{detection.hub: 30s, failover: 60s, reconvergence: 3m, downtime: 60s}"},
    Field{"limits/*/detection.hub", duration, kOptional, "", "0s..366d", "",
          "Until the hub's connection state says what is true.", "30s"},
    Field{"limits/*/detection.alert", duration, kOptional, "", "0s..366d", "",
          "Until the first notification about what the fault strikes is delivered; needs an "
          "`argocd-notifications-cm`.",
          "60s"},
    Field{"limits/*/detection.router", duration, kOptional, "", "0s..366d", "",
          "Until the router sends no more users there.", "30s"},
    Field{"limits/*/detection.users", duration, kOptional, "", "0s..366d", "",
          "Until the first user's request fails.", "1s"},
    Field{"limits/*/failover", duration, kOptional, "", "0s..366d", "",
          "Until users' success stays at 99.9% or above while the fault lasts.", "60s"},
    Field{"limits/*/downtime", duration, kOptional, "", "0s..366d", "",
          "Seconds in which users' success was below 99.9%.", "60s"},
    Field{"limits/*/reconvergence", duration, kOptional, "", "0s..366d", "",
          "From the fault's end until all is as before, and stays so for 60s.", "3m"},
    Field{"limits/*/recovery.p50", duration, kOptional, "", "0s..366d", "",
          "Until half of the requests succeed again and go on to while the fault lasts; of the "
          "kind of "
          "client that takes longest.",
          "60s"},
    Field{"limits/*/recovery.p95", duration, kOptional, "", "0s..366d", "",
          "The same for 95% of the requests.", "90s"},
    Field{"limits/*/recovery.p99", duration, kOptional, "", "0s..366d", "",
          "The same for 99% of the requests.", "3m"},
    Field{"budgets", map, kOptional, "", "..200", "",
          "Bounds on what the run costs, each a test case of its own; counted from `start` to "
          "`end`. Keys: requests.CLUSTER, lists.CLUSTER, writes.CLUSTER (what the hub asks of its "
          "API server), dials.CLUSTER (connections it tries to open), syncs.APP (operations "
          "begun), fetches (from Git), alerts (notifications), failed.TRAFFIC (users' requests "
          "that failed). With * each one that matches is bounded by itself.",
          "{requests.prod: 600/m, syncs.*: 5, failed.agent: 1%}", text},
    Field{"budgets/*", scalar, kOptional, "", "", "",
          "Most of it: a number in all, a rate (600/m: in any one minute), or a share: of the "
          "users' requests for failed.TRAFFIC, else of what it costs without the faults (needs "
          "`control`).",
          "600/m", text, kFixed},
    Field{"expect", list, kOptional, "", "..1000", "", "What must hold, in five words.",
          "{always: app.agent-staging.health == Healthy}"},
    Field{"expect/[]", object, kOptional, "", "", "", "One expectation.",
          "{eventually: cluster.prod.connection == Failed, within: 30s, after: prod-lost.start}"},
    Field{"expect/[]/always", expression, kOptional, "", "", "",
          "Holds at every instant from `after` to `until`, once it can be evaluated.",
          "app.agent-staging.health == Healthy"},
    Field{"expect/[]/never", expression, kOptional, "", "", "",
          "Holds at no instant; with *, for no name.", "cluster.staging.connection != Successful"},
    Field{"expect/[]/eventually", expression, kOptional, "", "", "",
          "Holds at some instant within the time.", "cluster.prod.connection == Failed"},
    Field{"expect/[]/stable", expression, kOptional, "", "", "",
          "Begins to hold and then holds that long.", "app.*.sync == Synced"},
    Field{"expect/[]/reached", expression, kOptional, "", "", "", "Was true at least once.",
          "traffic.agent.share.dr == 100%"},
    Field{"expect/[]/within", duration, kOptional, "", "0s..366d", "",
          "The time it has, from `after`.", "30s"},
    Field{"expect/[]/for", duration, kOptional, "", "1ms..366d", "", "How long it must hold.",
          "60s"},
    Field{"expect/[]/after", event, kOptional, "start", "", "", "From when on it counts.",
          "prod-lost.start + 30s"},
    Field{"expect/[]/until", event, kOptional, "end", "", "", "Until when it counts.",
          "prod-lost.end"},
    Field{"expect/[]/because", text, kOptional, "", "", "", "Printed when it does not hold.",
          "one dead cluster must cost the others nothing"},
};

constexpr std::string_view kFault = "faults/*";
constexpr std::string_view kStep = "steps/[]";
constexpr std::string_view kExpect = "expect/[]";
constexpr std::string_view kFile = "steps/[]/commit/files/*";

constexpr std::array kKinds{
    // Whole places.
    Kind{kFault, "region-loss", "", "", "cluster region", false,
         "Everything is gone at once: API server, nodes, endpoints. On a cluster: that cluster as "
         "a whole; on a "
         "region: all that stands in it, hub replicas and regional routers too; not the users."},
    Kind{kFault, "zone-loss", "", "zone", "cluster", false,
         "All nodes of one zone of the cluster are gone."},
    Kind{kFault, "node-loss", "", "nodes", "cluster", false,
         "Nodes fall silent: NotReady after 50s, their pods replaced 5m later."},
    // The network.
    Kind{kFault, "partition", "", "share", "", true,
         "Messages between two places vanish; connections fall silent and new ones hang."},
    Kind{kFault, "blackhole", "", "share", "cluster hub", true,
         "As partition; with `on`, the API server is cut off from everybody."},
    Kind{kFault, "refused", "", "share", "cluster hub", true,
         "Connections are refused at once and live ones cut: the host is there, the process is "
         "not."},
    Kind{kFault, "latency", "latency", "jitter share ramp", "cluster hub", true,
         "Every message takes longer."},
    Kind{kFault, "loss", "share", "ramp", "cluster hub", true,
         "A share of the packets is lost. TCP resends, so that below 20% it looks like delay."},
    Kind{kFault, "bandwidth", "rate", "share ramp", "cluster hub", true, "The path carries less."},
    Kind{kFault, "reset", "", "share every", "cluster hub", true,
         "Live connections are reset, once or again and again; new ones work."},
    Kind{kFault, "half-open", "", "", "cluster hub", true,
         "Live connections fall silent without a sign; new ones work."},
    // The API server.
    Kind{kFault, "api-restart", "", "down", "cluster hub", false,
         "The API server's process dies and comes back; stored objects survive."},
    Kind{kFault, "api-errors", "", "code share retry-after verbs resources ramp", "cluster hub",
         false, "The API server answers a share of the requests with an error."},
    Kind{kFault, "throttle", "", "share retry-after verbs resources ramp", "cluster hub", false,
         "The API server answers 429 Too Many Requests.", "retry-after=1s"},
    Kind{kFault, "slow-requests", "latency", "jitter verbs resources ramp", "cluster hub", false,
         "The API server takes longer for each request; each page of a list counts."},
    Kind{kFault, "stale-reads", "", "share resources", "cluster hub", false,
         "Gets and lists show the state of the fault's start, as from a server that is behind."},
    Kind{kFault, "watch-stall", "", "resources", "cluster hub", false,
         "Watches stay open and say nothing."},
    Kind{kFault, "watch-close", "", "every resources", "cluster hub", false,
         "Watches are ended in order, once or again and again."},
    Kind{kFault, "watch-expired", "", "every resources", "cluster hub", false,
         "Watches end with 410 Gone: the history they need is compacted."},
    Kind{kFault, "watch-loss", "share", "resources ramp", "cluster hub", false,
         "A share of the watch events never arrives."},
    Kind{kFault, "etcd-slow", "latency", "jitter ramp", "cluster hub", false,
         "Every write takes longer."},
    Kind{kFault, "etcd-no-quorum", "", "", "cluster hub", false,
         "Writes time out; reads from the watch cache and open watches go on."},
    // Who may do what.
    Kind{kFault, "unauthorized", "", "", "cluster", false,
         "The hub's token is no longer accepted: 401 at the next request."},
    Kind{kFault, "forbidden", "", "verbs resources", "cluster", false,
         "The hub's role lost rights: 403 for those verbs and resources."},
    Kind{kFault, "tls", "", "problem", "cluster hub", false,
         "New TLS handshakes fail; live connections go on."},
    Kind{kFault, "webhook-down", "", "how resources", "cluster", false,
         "An admission webhook with failurePolicy Fail does not answer: matching writes fail, "
         "after 10s or at "
         "once.",
         "how=blackhole"},
    Kind{kFault, "clock-skew", "offset", "", "cluster hub", false, "Its wall clock is off."},
    // Pods.
    Kind{kFault, "crash-loop", "object", "share", "cluster", false,
         "Containers of those pods exit soon after their start: backoff 10s, 20s, ... 5m."},
    Kind{kFault, "image-pull", "", "object", "cluster", false,
         "New pods cannot pull their image; running ones go on."},
    // The hub.
    Kind{kFault, "hub-loss", "", "", "hub replica", false,
         "Hub replicas are dead until the fault ends; the hub's API server lives."},
    Kind{kFault, "hub-pause", "", "", "hub replica", false,
         "Hub replicas stand still (SIGSTOP) and wake up believing that no time has passed."},
    Kind{kFault, "component-loss", "component", "", "hub replica", false,
         "One part of the hub is dead until the fault ends, and has lost its memory; the rest goes "
         "on."},
    // Sources, names, routers.
    Kind{kFault, "git-down", "", "how", "git repo", false, "Repositories cannot be reached.",
         "how=refused"},
    Kind{kFault, "git-slow", "latency", "jitter ramp", "git repo", false,
         "Every Git operation takes longer."},
    Kind{kFault, "git-empty", "", "", "git repo", false,
         "Repositories answer, and hold no files: success with nothing in it."},
    Kind{kFault, "dns-down", "", "", "traffic", false,
         "The users' names cannot be resolved anew; resolvers go on with the answers they have."},
    Kind{kFault, "dns-stale", "", "", "traffic", false,
         "Name servers go on giving the answer of the fault's start."},
    Kind{kFault, "dns-wrong", "answer", "share", "traffic", false,
         "Names lead to another cluster."},
    Kind{kFault, "router-loss", "", "", "traffic", false, "The router's own nodes are gone."},
    Kind{kFault, "probe-blind", "", "", "traffic", false,
         "Probes always succeed: the check is too shallow to see anything."},
    Kind{kFault, "probe-flap", "every", "", "traffic", false,
         "Probes of all targets fail and succeed in turn, changing at each interval."},

    // Steps: the key is the kind.
    Kind{kStep, "commit", "", "", "", false, "Changes files in a repository."},
    Kind{kStep, "edit", "", "", "", false, "Changes an object behind Git's back."},
    Kind{kStep, "delete", "", "", "", false, "Deletes an object."},
    Kind{kStep, "label", "", "", "", false, "Changes a cluster's labels on the hub."},
    Kind{kStep, "apply", "", "", "", false, "Applies manifests."},
    Kind{kStep, "register", "", "", "", false, "Registers a cluster."},
    Kind{kStep, "unregister", "", "", "", false, "Takes a cluster from the hub."},
    Kind{kStep, "sync", "", "", "", false, "Syncs an Application by hand."},
    Kind{kStep, "refresh", "", "", "", false, "Has an Application compared anew."},
    Kind{kStep, "restart", "", "", "", false, "Restarts hub replicas."},

    // Expectations: the key is the kind.
    Kind{kExpect, "always", "", "after until", "", false, "Holds at every instant."},
    Kind{kExpect, "never", "", "after until", "", false, "Holds at no instant."},
    Kind{kExpect, "eventually", "within", "after", "", false,
         "Holds at some instant within a time."},
    Kind{kExpect, "stable", "for", "within after until", "", false,
         "Holds without a break for a time."},
    Kind{kExpect, "reached", "", "after until", "", false, "Was true at least once."},

    Kind{kFile, "replace", "", "", "", false, "Replaces a text."},
    Kind{kFile, "set", "", "", "", false, "Sets values in a YAML file."},
    Kind{kFile, "copy", "", "", "", false, "Takes another file's content."},
};

}  // namespace

std::span<const Field> fields() { return kFields; }

std::span<const Kind> kinds() {
  // Routers and clients are presets, with a source for each figure.
  static const auto all = [] {
    static std::deque<std::string> texts;  // what the views point to
    std::vector<Kind> kinds(kKinds.begin(), kKinds.end());
    for (const auto& preset : presets()) {
      texts.push_back(defaults_text(preset));
      kinds.push_back(Kind{preset.object, preset.name, preset.required, preset.optional, "", false,
                           preset.doc, texts.back()});
    }
    return kinds;
  }();
  return all;
}

}  // namespace spokelab::harness

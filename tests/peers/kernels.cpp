// Kernels as hand-tuned C++ has them, on the Kronecker graph that Gesso generates: what Gesso is measured against
// where no library comes near. Written after the published descriptions: Beamer, Asanovic, Patterson, "The GAP
// Benchmark Suite", 2015 (direction-optimising search, delta-stepping with buckets of threads, pull PageRank,
// Brandes), and Sutton, Ben-Nun, Barak, IPDPS 2018 (Afforest).
//
//   g++ -O3 -march=native -fopenmp kernels.cpp -o kernels && OMP_NUM_THREADS=2 ./kernels SCALE RUNS
//
// Prints one line a kernel: name, threads, best and median milliseconds, and a number to check the answer by.
#include <omp.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <vector>

using u32 = uint32_t;
using u64 = uint64_t;

// SplitMix64, seeded as Gesso seeds the stream of a chunk.
struct Rng {
  u64 state;
  Rng(u64 seed, u64 part) : state(seed ^ part * 0xD1B54A32D192ED03ull) { next(); }
  u64 next() {
    state += 0x9E3779B97F4A7C15ull;
    u64 z = state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }
  u64 below(u64 bound) { return static_cast<u64>((static_cast<unsigned __int128>(next()) * bound) >> 64); }
};

// An array of a fixed length in huge pages, zeroed.
template <typename T>
struct Array {
  T* at;
  size_t len;
  explicit Array(size_t n) : len(n) {
    size_t bytes = std::max<size_t>(n * sizeof(T), 1);
    at = static_cast<T*>(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (at == MAP_FAILED) abort();
    madvise(at, bytes, MADV_HUGEPAGE);
  }
  Array(const Array&) = delete;
  ~Array() { munmap(at, std::max<size_t>(len * sizeof(T), 1)); }
  T& operator[](size_t i) { return at[i]; }
  const T& operator[](size_t i) const { return at[i]; }
  void fill(T value) {
#pragma omp parallel for
    for (size_t i = 0; i < len; i++) at[i] = value;
  }
};

struct Graph {
  u32 n;
  Array<u64> offsets;
  Array<u32> targets;
  Array<u32> weights;
  Graph(u32 vertices, size_t arcs) : n(vertices), offsets(vertices + 1), targets(arcs), weights(arcs) {}
  u64 degree(u32 v) const { return offsets[v + 1] - offsets[v]; }
};

static u32 shuffled(u32 v, u32 scale, u64 seed) {
  u64 mask = (1ull << scale) - 1, x = v;
  Rng rng(seed, ~0ull);
  for (int round = 0; round < 3; round++) {
    u64 factor = rng.next() | 1;
    x = (x * factor + rng.next()) & mask;
    x ^= x >> ((scale + 1) / 2);
  }
  return static_cast<u32>(x);
}

static Graph* generate(u32 scale, u64 seed) {
  const size_t edges = (size_t{1} << scale) * 16, chunk = 4096;
  const double one = 4294967296.0;
  const u64 a = 0.57 * one, ab = 0.76 * one, abc = 0.95 * one;
  std::vector<u64> pairs(edges);
#pragma omp parallel for
  for (size_t c = 0; c < edges / chunk; c++) {
    Rng rng(seed, c);
    for (size_t e = c * chunk; e < (c + 1) * chunk; e++) {
      u32 s = 0, t = 0;
      u64 bits = 0;
      for (u32 level = 0; level < scale; level++) {
        bits = level % 2 == 0 ? rng.next() : bits >> 32;
        u64 r = bits & 0xFFFFFFFF;
        s = s << 1 | (r >= ab);
        t = t << 1 | ((r >= a && r < ab) || r >= abc);
      }
      s = shuffled(s, scale, seed), t = shuffled(t, scale, seed);
      pairs[e] = s == t ? ~0ull : static_cast<u64>(std::min(s, t)) << 32 | std::max(s, t);
    }
  }
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  if (pairs.back() == ~0ull) pairs.pop_back();
  u32 n = 1u << scale;
  Graph* g = new Graph(n, 2 * pairs.size());
  for (u64 p : pairs) g->offsets[(p >> 32) + 1]++, g->offsets[static_cast<u32>(p) + 1]++;
  for (u32 v = 0; v < n; v++) g->offsets[v + 1] += g->offsets[v];
  std::vector<u64> next(g->offsets.at, g->offsets.at + n);
  // Pairs rise by both ends, so that the smaller neighbours of a vertex come before the larger ones, in order.
  std::vector<u32> weight(pairs.size());
  Rng rng(7, 0);
  for (u32& w : weight) w = 1 + rng.below(255);
  for (int side = 0; side < 2; side++)
    for (size_t i = 0; i < pairs.size(); i++) {
      u32 s = pairs[i] >> 32, t = static_cast<u32>(pairs[i]);
      if (side == 0) std::swap(s, t);
      u64 slot = next[s]++;
      g->targets[slot] = t, g->weights[slot] = weight[i];
    }
  return g;
}

// What each thread found, moved into a shared list once its buffer is full.
struct Queue {
  Array<u32> items;
  std::atomic<size_t> end{0};
  explicit Queue(size_t n) : items(n) {}
  void append(std::vector<u32>& mine) {
    size_t start = end.fetch_add(mine.size());
    std::copy(mine.begin(), mine.end(), items.at + start);
    mine.clear();
  }
};

static u64 bfs(const Graph& g, u32 source) {
  Array<u32> parent(g.n);
  parent.fill(~0u);
  Array<u64> now((g.n + 63) / 64), next((g.n + 63) / 64);
  Queue queue(g.n);
  parent[source] = source;
  queue.items[0] = source;
  queue.end = 1;
  size_t begin = 0;
  u64 unseen = g.offsets[g.n], scout = g.degree(source);
  while (begin < queue.end) {
    if (scout > unseen / 15) {
      now.fill(0);
      for (size_t i = begin; i < queue.end; i++) now[queue.items[i] / 64] |= 1ull << (queue.items[i] % 64);
      u64 awake = queue.end - begin, before;
      begin = queue.end;
      do {
        before = awake;
        awake = 0;
        next.fill(0);
#pragma omp parallel for reduction(+ : awake) schedule(dynamic, 16)
        for (u32 word = 0; word < (g.n + 63) / 64; word++)
          for (u32 v = word * 64; v < std::min(g.n, word * 64 + 64); v++)
            if (parent[v] == ~0u)
              for (u64 e = g.offsets[v]; e < g.offsets[v + 1]; e++) {
                u32 t = g.targets[e];
                if (now[t / 64] >> (t % 64) & 1) {
                  parent[v] = t, next[word] |= 1ull << (v % 64), awake++;
                  break;
                }
              }
        std::swap(now.at, next.at);
      } while (awake >= before || awake > g.n / 18);
#pragma omp parallel
      {
        std::vector<u32> mine;
#pragma omp for
        for (u32 v = 0; v < g.n; v++)
          if (now[v / 64] >> (v % 64) & 1) mine.push_back(v);
        queue.append(mine);
      }
      scout = 1;
    } else {
      unseen -= scout;
      u64 found = 0;
      size_t end = queue.end;
#pragma omp parallel
      {
        std::vector<u32> mine;
#pragma omp for reduction(+ : found) nowait schedule(dynamic, 64)
        for (size_t i = begin; i < end; i++) {
          u32 v = queue.items[i];
          for (u64 e = g.offsets[v]; e < g.offsets[v + 1]; e++) {
            u32 t = g.targets[e];
            if (parent[t] == ~0u && __sync_bool_compare_and_swap(&parent[t], ~0u, v)) {
              mine.push_back(t);
              found += g.degree(t);
            }
          }
        }
        queue.append(mine);
      }
      begin = end;
      scout = found;
    }
  }
  u64 reached = 0;
#pragma omp parallel for reduction(+ : reached)
  for (u32 v = 0; v < g.n; v++) reached += parent[v] != ~0u;
  return reached;
}

static void hook(Array<u32>& tree, u32 u, u32 v) {
  u32 p = tree[u], q = tree[v];
  while (p != q) {
    u32 high = std::max(p, q), low = std::min(p, q), above = tree[high];
    if (above == low || (above == high && __sync_bool_compare_and_swap(&tree[high], high, low))) return;
    p = tree[tree[high]];
    q = tree[low];
  }
}

static void flatten(Array<u32>& tree) {
#pragma omp parallel for schedule(dynamic, 16384)
  for (u32 v = 0; v < tree.len; v++)
    while (tree[v] != tree[tree[v]]) tree[v] = tree[tree[v]];
}

static u64 cc(const Graph& g) {
  Array<u32> tree(g.n);
#pragma omp parallel for
  for (u32 v = 0; v < g.n; v++) tree[v] = v;
  for (u64 round = 0; round < 2; round++) {
#pragma omp parallel for schedule(dynamic, 16384)
    for (u32 v = 0; v < g.n; v++)
      if (round < g.degree(v)) hook(tree, v, g.targets[g.offsets[v] + round]);
    flatten(tree);
  }
  std::vector<u32> sample;
  for (u32 i = 0; i < 1024; i++) sample.push_back(tree[static_cast<u64>(i) * g.n / 1024]);
  std::sort(sample.begin(), sample.end());
  u32 largest = 0, most = 0;
  for (size_t i = 0, j; i < sample.size(); i = j) {
    for (j = i; j < sample.size() && sample[j] == sample[i];) j++;
    if (j - i > most) most = j - i, largest = sample[i];
  }
#pragma omp parallel for schedule(dynamic, 16384)
  for (u32 v = 0; v < g.n; v++)
    if (tree[v] != largest)
      for (u64 e = g.offsets[v] + 2; e < g.offsets[v + 1]; e++) hook(tree, v, g.targets[e]);
  flatten(tree);
  u64 components = 0;
#pragma omp parallel for reduction(+ : components)
  for (u32 v = 0; v < g.n; v++) components += tree[v] == v;
  return components;
}

static u64 sssp(const Graph& g, u32 source, u32 delta) {
  const u32 far = ~0u / 2;
  Array<u32> distance(g.n);
  distance.fill(far);
  distance[source] = 0;
  Array<u32> frontier(g.offsets[g.n]);
  size_t tails[2] = {1, 0}, bins[2] = {0, SIZE_MAX / 2};
  frontier[0] = source;
#pragma omp parallel
  {
    std::vector<std::vector<u32>> local;
    auto relax = [&](u32 v) {
      for (u64 e = g.offsets[v]; e < g.offsets[v + 1]; e++) {
        u32 t = g.targets[e], old = distance[t], through = distance[v] + g.weights[e];
        while (through < old) {
          if (__sync_bool_compare_and_swap(&distance[t], old, through)) {
            size_t bin = through / delta;
            if (bin >= local.size()) local.resize(bin + 1);
            local[bin].push_back(t);
            break;
          }
          old = distance[t];
        }
      }
    };
    for (size_t round = 0; bins[round & 1] != SIZE_MAX / 2; round++) {
      size_t &bin = bins[round & 1], &next_bin = bins[(round + 1) & 1];
      size_t &tail = tails[round & 1], &next_tail = tails[(round + 1) & 1];
#pragma omp for nowait schedule(dynamic, 64)
      for (size_t i = 0; i < tail; i++)
        if (distance[frontier[i]] >= delta * bin) relax(frontier[i]);
      while (bin < local.size() && !local[bin].empty() && local[bin].size() < 1000) {
        std::vector<u32> own;
        own.swap(local[bin]);
        for (u32 v : own) relax(v);
      }
      for (size_t i = bin; i < local.size(); i++)
        if (!local[i].empty()) {
#pragma omp critical
          next_bin = std::min(next_bin, i);
          break;
        }
#pragma omp barrier
#pragma omp single
      bin = SIZE_MAX / 2, tail = 0;
      if (next_bin < local.size()) {
        size_t start = __sync_fetch_and_add(&next_tail, local[next_bin].size());
        std::copy(local[next_bin].begin(), local[next_bin].end(), frontier.at + start);
        local[next_bin].clear();
      }
#pragma omp barrier
    }
  }
  u64 sum = 0;
#pragma omp parallel for reduction(+ : sum)
  for (u32 v = 0; v < g.n; v++) sum += distance[v] < far ? distance[v] : 0;
  return sum;
}

static u64 pagerank(const Graph& g) {
  Array<float> rank(g.n), share(g.n);
  rank.fill(1.0f / g.n);
  for (int round = 0; round < 20; round++) {
#pragma omp parallel for
    for (u32 v = 0; v < g.n; v++) share[v] = rank[v] / g.degree(v);
    double change = 0;
#pragma omp parallel for reduction(+ : change) schedule(dynamic, 16384)
    for (u32 v = 0; v < g.n; v++) {
      float sum = 0, old = rank[v];
      for (u64 e = g.offsets[v]; e < g.offsets[v + 1]; e++) sum += share[g.targets[e]];
      rank[v] = 0.15f / g.n + 0.85f * sum;
      change += std::abs(rank[v] - old);
    }
  }
  return static_cast<u64>(1e12 * *std::max_element(rank.at, rank.at + g.n));
}

static u64 betweenness(const Graph& g, const std::vector<u32>& sources) {
  Array<float> score(g.n);
  Array<double> paths(g.n);
  Array<float> owed(g.n);
  Array<u32> depth(g.n);
  std::vector<u64> words((g.offsets[g.n] + 63) / 64);
  for (u32 source : sources) {
    depth.fill(~0u), paths.fill(0), owed.fill(0);
    std::fill(words.begin(), words.end(), 0);
    Queue queue(g.n);
    std::vector<size_t> layers{0, 1};
    queue.items[0] = source, queue.end = 1, depth[source] = 0, paths[source] = 1;
    for (u32 level = 1; layers.back() > layers[layers.size() - 2]; level++) {
      size_t from = layers[layers.size() - 2], to = layers.back();
#pragma omp parallel
      {
        std::vector<u32> mine;
#pragma omp for schedule(dynamic, 64) nowait
        for (size_t i = from; i < to; i++) {
          u32 v = queue.items[i];
          for (u64 e = g.offsets[v]; e < g.offsets[v + 1]; e++) {
            u32 t = g.targets[e];
            if (depth[t] == ~0u && __sync_bool_compare_and_swap(&depth[t], ~0u, level)) mine.push_back(t);
            if (depth[t] == level) {
              __sync_fetch_and_or(&words[e / 64], 1ull << (e % 64));
              double add = paths[v];
#pragma omp atomic
              paths[t] += add;
            }
          }
        }
        queue.append(mine);
      }
      layers.push_back(queue.end);
    }
    for (size_t layer = layers.size() - 2; layer-- > 0;) {
#pragma omp parallel for schedule(dynamic, 64)
      for (size_t i = layers[layer]; i < layers[layer + 1]; i++) {
        u32 v = queue.items[i];
        float sum = 0;
        for (u64 e = g.offsets[v]; e < g.offsets[v + 1]; e++)
          if (words[e / 64] >> (e % 64) & 1) sum += paths[v] / paths[g.targets[e]] * (1 + owed[g.targets[e]]);
        owed[v] = sum;
        score[v] += sum;
      }
    }
  }
  return static_cast<u64>(*std::max_element(score.at, score.at + g.n));
}

static void measure(const char* name, int runs, const std::function<u64()>& kernel) {
  std::vector<double> times;
  u64 check = 0;
  for (int i = 0; i < runs; i++) {
    auto start = std::chrono::steady_clock::now();
    check = kernel();
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(times.begin(), times.end());
  printf("%s %d %.2f %.2f %lu\n", name, omp_get_max_threads(), times[0], times[runs / 2], check);
}

int main(int argc, char** argv) {
  u32 scale = argc > 1 ? atoi(argv[1]) : 16;
  int runs = argc > 2 ? atoi(argv[2]) : 5;
  Graph* g = generate(scale, 42);
  u32 hub = 0;
  for (u32 v = 0; v < g->n; v++)
    if (g->degree(v) >= g->degree(hub)) hub = v;
  fprintf(stderr, "%u vertices, %lu edges, hub %u\n", g->n, g->offsets[g->n] / 2, hub);
  std::vector<u32> sources;
  for (u32 v = 1; sources.size() < 4; v += g->n / 5)
    for (u32 u = v; sources.size() < 4; u++)
      if (g->degree(u)) { sources.push_back(u); break; }
  measure("bfs", runs, [&] { return bfs(*g, hub); });
  measure("connected_component", runs, [&] { return cc(*g); });
  measure("sssp", runs, [&] { return sssp(*g, hub, 2); });
  measure("pagerank", runs, [&] { return pagerank(*g); });
  measure("betweenness", runs, [&] { return betweenness(*g, sources); });
  return 0;
}

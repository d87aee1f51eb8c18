#include "nn/kernels/convolution.h"

#include <dnnl.hpp>

#include <cstddef>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace latent::nn::kernels {
namespace {

using dnnl::memory;
using Tag = memory::format_tag;

constexpr std::int64_t kKernel = 3;

const dnnl::engine& processor() {
  // Never destroyed: a network may outlive the statics.
  static const auto* engine = new dnnl::engine(dnnl::engine::kind::cpu, 0);
  return *engine;
}

memory::desc described(const memory::dims& dims, Tag tag) {
  return {dims, memory::data_type::f32, tag};
}

memory::dims large_dims(const ConvolutionShape& shape) {
  return {shape.samples, shape.large_channels, shape.large_height, shape.large_width};
}
memory::dims small_dims(const ConvolutionShape& shape) {
  return {shape.samples, shape.small_channels, shape.small_height(), shape.small_width()};
}
memory::dims weight_dims(const ConvolutionShape& shape) {
  return {shape.small_channels, shape.large_channels, kKernel, kKernel};
}

// oneDNN 2 describes an operation before it is prepared, oneDNN 3 does both at once.
using ForwardPlan = dnnl::convolution_forward::primitive_desc;
using InputGradientPlan = dnnl::convolution_backward_data::primitive_desc;
using WeightGradientPlan = dnnl::convolution_backward_weights::primitive_desc;

/// One convolution with given layouts of its maps; that of the weight is oneDNN's choice.
struct Problem {
  memory::desc large;
  memory::desc weight;
  memory::desc small;
  memory::dims strides = {2, 2};
  memory::dims before = {1, 1};
  memory::dims after;  // the last row and column of the padding that a kernel still touches

  Problem(const ConvolutionShape& shape, Tag large_tag, Tag small_tag)
      : large(described(large_dims(shape), large_tag)),
        weight(described(weight_dims(shape), Tag::any)),
        small(described(small_dims(shape), small_tag)),
        after({2 * shape.small_height() - shape.large_height,
               2 * shape.small_width() - shape.large_width}) {}

  ForwardPlan forward() const {
    constexpr auto kind = dnnl::prop_kind::forward_training;
    constexpr auto algorithm = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
    return {processor(), kind, algorithm, large, weight, small, strides, before, after};
#else
    return {{kind, algorithm, large, weight, small, strides, before, after}, processor()};
#endif
  }
  InputGradientPlan input_gradient() const {
    constexpr auto algorithm = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
    return {processor(), algorithm, large, weight, small, strides, before, after, forward()};
#else
    return {{algorithm, large, weight, small, strides, before, after}, processor(), forward()};
#endif
  }
  WeightGradientPlan weight_gradient() const {
    constexpr auto algorithm = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
    return {processor(), algorithm, large, weight, small, strides, before, after, forward()};
#else
    return {{algorithm, large, weight, small, strides, before, after}, processor(), forward()};
#endif
  }
};

Tag find_block_tag() {
  const ConvolutionShape typical{.samples = 16,
                                 .large_channels = 32,
                                 .large_height = 14,
                                 .large_width = 14,
                                 .small_channels = 64};
  const memory::desc chosen = Problem(typical, Tag::any, Tag::any).forward().dst_desc();
  for (const Tag tag : {Tag::nChw16c, Tag::nChw8c}) {
    if (chosen == described(small_dims(typical), tag)) return tag;
  }
  return Tag::nhwc;
}

/// What oneDNN chooses for a convolution in the middle of a network. For all maps alike, so that
/// they need no reordering in between; left to choose for each product alone, oneDNN 3 takes a
/// layout for the transposed convolutions that is slower by half on top.
Tag block_tag() {
  static const Tag tag = find_block_tag();
  return tag;
}

/// `prepare(problem)` with both maps where they are, unless oneDNN has but its reference code for
/// that: then where it wants them.
template <typename Prepare>
auto fastest(const ConvolutionShape& shape, bool large_is_plain, const Prepare& prepare) {
  const Tag large = large_is_plain ? Tag::nchw : block_tag();
  auto plan = prepare(Problem(shape, large, block_tag()));
  if (std::string_view(plan.impl_info_str()).substr(0, 3) == "ref") {
    plan = prepare(Problem(shape, large_is_plain ? Tag::nchw : Tag::any, Tag::any));
  }
  return plan;
}

/// One side of a product: memory of the caller's in its layout, and beside it a copy in the layout
/// that the product wants, where the two differ.
class Operand {
 public:
  Operand(const memory::desc& outer, const memory::desc& inner)
      : outer_(outer, processor(), nullptr) {
    if (outer != inner) copy_.emplace(inner, processor());
  }

  void set(const float* data) { outer_.set_data_handle(const_cast<float*>(data)); }
  const memory& inner() const { return copy_ ? *copy_ : outer_; }

  void fetch(dnnl::stream& stream) {
    if (!copy_) return;
    if (!in_) in_.emplace(outer_, *copy_);
    in_->execute(stream, outer_, *copy_);
  }
  void deliver(dnnl::stream& stream) {
    if (!copy_) return;
    if (!out_) out_.emplace(*copy_, outer_);
    out_->execute(stream, *copy_, outer_);
  }

 private:
  memory outer_;
  std::optional<memory> copy_;
  std::optional<dnnl::reorder> in_;
  std::optional<dnnl::reorder> out_;
};

/// Two maps to a third.
struct Product {
  dnnl::primitive primitive;
  Operand a;
  Operand b;
  Operand result;
  int a_name;
  int b_name;
  int result_name;

  void run(const float* a_data, const float* b_data, float* result_data, dnnl::stream& stream) {
    a.set(a_data);
    b.set(b_data);
    result.set(result_data);
    a.fetch(stream);
    b.fetch(stream);
    primitive.execute(stream,
                      {{a_name, a.inner()}, {b_name, b.inner()}, {result_name, result.inner()}});
    result.deliver(stream);
    stream.wait();
  }
};

}  // namespace

std::int64_t channel_block(std::int64_t channels) {
  switch (block_tag()) {
    case Tag::nChw16c:
      return 16;
    case Tag::nChw8c:
      return 8;
    default:
      return channels;
  }
}

struct MapReorder::Impl {
  dnnl::stream stream{processor()};
  memory plain;
  memory blocks;
  dnnl::reorder to_blocks;
  dnnl::reorder to_plain;

  explicit Impl(const memory::dims& dims)
      : plain(described(dims, Tag::nchw), processor(), nullptr),
        blocks(described(dims, block_tag()), processor(), nullptr),
        to_blocks(plain, blocks),
        to_plain(blocks, plain) {}
};

MapReorder::MapReorder(std::int64_t samples, std::int64_t channels, std::int64_t height,
                       std::int64_t width)
    : impl_(std::make_unique<Impl>(memory::dims{samples, channels, height, width})) {}
MapReorder::~MapReorder() = default;
MapReorder::MapReorder(MapReorder&&) noexcept = default;
MapReorder& MapReorder::operator=(MapReorder&&) noexcept = default;

void MapReorder::to_blocks(const float* plain, float* blocks) {
  impl_->plain.set_data_handle(const_cast<float*>(plain));
  impl_->blocks.set_data_handle(blocks);
  impl_->to_blocks.execute(impl_->stream, impl_->plain, impl_->blocks);
  impl_->stream.wait();
}

void MapReorder::to_plain(const float* blocks, float* plain) {
  impl_->blocks.set_data_handle(const_cast<float*>(blocks));
  impl_->plain.set_data_handle(plain);
  impl_->to_plain.execute(impl_->stream, impl_->blocks, impl_->plain);
  impl_->stream.wait();
}

struct Convolution::Impl {
  ConvolutionShape shape;
  bool large_is_plain;
  memory::desc large;
  memory::desc small;
  memory::desc weight;
  dnnl::stream stream{processor()};
  std::optional<Product> shrink;
  std::optional<Product> grow;
  std::optional<Product> weight_gradient;
  std::vector<float> added;  // a gradient on its way to be added

  Impl(const ConvolutionShape& of, bool plain)
      : shape(of),
        large_is_plain(plain),
        large(described(large_dims(of), plain ? Tag::nchw : block_tag())),
        small(described(small_dims(of), block_tag())),
        weight(described(weight_dims(of), Tag::oihw)) {}
};

Convolution::Convolution(const ConvolutionShape& shape, bool large_is_plain)
    : impl_(std::make_unique<Impl>(shape, large_is_plain)) {}
Convolution::~Convolution() = default;
Convolution::Convolution(Convolution&&) noexcept = default;
Convolution& Convolution::operator=(Convolution&&) noexcept = default;

void Convolution::shrink(const float* large, const float* weight, float* small) {
  Impl& my = *impl_;
  if (!my.shrink) {
    const ForwardPlan plan =
        fastest(my.shape, my.large_is_plain, [](const Problem& of) { return of.forward(); });
    my.shrink.emplace(Product{dnnl::convolution_forward(plan),
                              {my.large, plan.src_desc()},
                              {my.weight, plan.weights_desc()},
                              {my.small, plan.dst_desc()},
                              DNNL_ARG_SRC,
                              DNNL_ARG_WEIGHTS,
                              DNNL_ARG_DST});
  }
  my.shrink->run(large, weight, small, my.stream);
}

void Convolution::grow(const float* small, const float* weight, float* large) {
  Impl& my = *impl_;
  if (!my.grow) {
    const InputGradientPlan plan =
        fastest(my.shape, my.large_is_plain, [](const Problem& of) { return of.input_gradient(); });
    my.grow.emplace(Product{dnnl::convolution_backward_data(plan),
                            {my.small, plan.diff_dst_desc()},
                            {my.weight, plan.weights_desc()},
                            {my.large, plan.diff_src_desc()},
                            DNNL_ARG_DIFF_DST,
                            DNNL_ARG_WEIGHTS,
                            DNNL_ARG_DIFF_SRC});
  }
  my.grow->run(small, weight, large, my.stream);
}

void Convolution::weight_gradient(const float* large, const float* small, float* dweight,
                                  bool accumulate) {
  Impl& my = *impl_;
  if (!my.weight_gradient) {
    const WeightGradientPlan plan = fastest(my.shape, my.large_is_plain,
                                            [](const Problem& of) { return of.weight_gradient(); });
    my.weight_gradient.emplace(Product{dnnl::convolution_backward_weights(plan),
                                       {my.large, plan.src_desc()},
                                       {my.small, plan.diff_dst_desc()},
                                       {my.weight, plan.diff_weights_desc()},
                                       DNNL_ARG_SRC,
                                       DNNL_ARG_DIFF_DST,
                                       DNNL_ARG_DIFF_WEIGHTS});
  }
  if (!accumulate) {
    my.weight_gradient->run(large, small, dweight, my.stream);
    return;
  }
  my.added.resize(my.weight.get_size() / sizeof(float));
  my.weight_gradient->run(large, small, my.added.data(), my.stream);
  for (std::size_t i = 0; i < my.added.size(); ++i) dweight[i] += my.added[i];
}

}  // namespace latent::nn::kernels

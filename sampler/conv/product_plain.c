#define SMP_PRODUCT_NAME(f) smp_product_##f##_plain
#define SMP_TILE_LANES      4
#define SMP_TILE_WIDE       0

#include "sampler/conv/product_kernel.h"

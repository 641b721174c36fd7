#include "sampler/gemm_serial.h"

#include <dnnl.h>
#include <stdbool.h>

/* OpenMP's own; its header is the compiler's, and not every compiler brings it. */
void omp_set_num_threads(int n);

/* Should oneDNN find no memory for its work, the plain loops need none: slow, and right. */
static void plain_product(const struct smp_serial_product *p)
{
    for (size_t i = 0; i < p->shape.m; i++) {
        for (size_t j = 0; j < p->shape.n; j++) {
            double sum = 0;
            for (size_t l = 0; l < p->shape.k; l++) {
                const size_t at_a = p->shape.kind == SMP_TN ? l * p->lda + i : i * p->lda + l;
                const size_t at_b = p->shape.kind == SMP_NT ? j * p->ldb + l : l * p->ldb + j;
                sum += (double)p->a[at_a] * (double)p->b[at_b];
            }
            p->c[i * p->ldc + j] = (float)sum;
        }
    }
}

void smp_gemm_serial(const struct smp_serial_product *p)
{
    static _Thread_local bool is_quiet;

    if (!is_quiet)
        omp_set_num_threads(1); /* of this thread's products: the setting is its own */
    is_quiet = true;
    if (dnnl_sgemm(p->shape.kind == SMP_TN ? 'T' : 'N', p->shape.kind == SMP_NT ? 'T' : 'N',
                   (dnnl_dim_t)p->shape.m, (dnnl_dim_t)p->shape.n, (dnnl_dim_t)p->shape.k, 1,
                   p->a, (dnnl_dim_t)p->lda, p->b, (dnnl_dim_t)p->ldb, 0, p->c,
                   (dnnl_dim_t)p->ldc) != dnnl_success)
        plain_product(p);
}

const char *smp_gemm_library(void)
{
    return "oneDNN";
}

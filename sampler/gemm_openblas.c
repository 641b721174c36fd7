#include "sampler/gemm_serial.h"

#include <cblas.h>
#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void quiet(void)
{
    openblas_set_num_threads(1);
}

void smp_gemm_serial(const struct smp_serial_product *p)
{
    pthread_once(&once, quiet);
    cblas_sgemm(CblasRowMajor, p->shape.kind == SMP_TN ? CblasTrans : CblasNoTrans,
                p->shape.kind == SMP_NT ? CblasTrans : CblasNoTrans, (int)p->shape.m,
                (int)p->shape.n, (int)p->shape.k, 1, p->a, (int)p->lda, p->b, (int)p->ldb, 0,
                p->c, (int)p->ldc);
}

const char *smp_gemm_library(void)
{
    return "OpenBLAS";
}

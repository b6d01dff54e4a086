/* Where an image has ink; the reference is captcha_model/images/trim.py. */

#include <stdlib.h>
#include <string.h>

#include "core.h"

#define MAX_CHANNELS 3

/* Write the median of each channel of every `step`-th pixel: the first level that half of them do
 * not exceed. */
static void medians_of(const unsigned char *pixels, size_t area, size_t channels, size_t step,
                       unsigned char *medians)
{
    size_t counts[MAX_CHANNELS][256];
    memset(counts, 0, sizeof counts);
    size_t looked = 0;
    for (size_t i = 0; i < area; i += step, looked++) {
        for (size_t k = 0; k < channels; k++) {
            counts[k][pixels[channels * i + k]]++;
        }
    }
    for (size_t k = 0; k < channels; k++) {
        size_t level = 0, below = counts[k][0];
        while (2 * below < looked) {
            below += counts[k][++level];
        }
        medians[k] = (unsigned char)level;
    }
}

/* By channel and level, whether it is far from the ground. */
typedef unsigned char Levels[MAX_CHANNELS][256];

static int is_ink(const unsigned char *pixel, size_t channels, Levels far)
{
    return channels == 1 ? far[0][pixel[0]]
                         : far[0][pixel[0]] | far[1][pixel[1]] | far[2][pixel[2]];
}

void core_ink_box(const unsigned char *pixels, size_t height, size_t width, size_t channels,
                  size_t step, int contrast, int64_t *out)
{
    unsigned char medians[MAX_CHANNELS];
    size_t left = width, top = height, right = 0, bottom = 0;
    Levels far;
    if (width == 0) {
        height = 0; /* As many rows as there may be, and nothing in them. */
    }
    medians_of(pixels, height * width, channels, step, medians);
    for (size_t k = 0; k < channels; k++) {
        for (int level = 0; level < 256; level++) {
            far[k][level] = abs(level - medians[k]) > contrast;
        }
    }
    for (size_t y = 0; y < height; y++) {
        const unsigned char *row = pixels + y * width * channels;
        size_t first = 0, last = width;
        while (first < width && !is_ink(row + first * channels, channels, far)) {
            first++;
        }
        if (first == width) {
            continue;
        }
        while (last > right && !is_ink(row + (last - 1) * channels, channels, far)) {
            last--;
        }
        left = first < left ? first : left;
        right = last > right ? last : right;
        top = y < top ? y : top;
        bottom = y + 1;
    }
    out[0] = right > 0 ? (int64_t)left : 0;
    out[1] = right > 0 ? (int64_t)top : 0;
    out[2] = (int64_t)right;
    out[3] = (int64_t)bottom;
}

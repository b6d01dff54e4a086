/* Sums over the pixels of images; the reference is captcha_model/calibration/image_statistics.py.
 *
 * All of them are integers, so they are the reference's to the last bit.
 */

#include <stdlib.h>
#include <string.h>

#include "core.h"

/* Write the mean of three channels, and return the sum of their ranges. */
static int64_t to_grey(const unsigned char *pixels, size_t area, unsigned char *grey)
{
    int64_t ranges = 0;
    for (size_t i = 0; i < area; i++) {
        unsigned red = pixels[3 * i], green = pixels[3 * i + 1], blue = pixels[3 * i + 2];
        unsigned low = red < green ? red : green, high = red < green ? green : red;
        low = low < blue ? low : blue;
        high = high > blue ? high : blue;
        ranges += high - low;
        grey[i] = (unsigned char)((red + green + blue) / 3);
    }
    return ranges;
}

static unsigned step(unsigned a, unsigned b)
{
    return a > b ? a - b : b - a;
}

static void levels_of(const unsigned char *grey, size_t area, const size_t *ranks, int64_t *out)
{
    size_t histogram[256] = {0};
    for (size_t i = 0; i < area; i++) {
        histogram[grey[i]]++;
    }
    out[0] = out[1] = 0;
    for (size_t level = 0; level < 256; level++) {
        out[0] += (int64_t)(level * histogram[level]);
        out[1] += (int64_t)(level * level * histogram[level]);
    }
    for (size_t k = 0; k < RANKS; k++) {
        size_t level = 0, below = histogram[0];
        while (below <= ranks[k] && level < 255) {
            below += histogram[++level];
        }
        out[2 + k] = (int64_t)level;
    }
}

/* Write the sums of the differences along x and y, and add up the rows and the columns. */
static void steps_of(const unsigned char *grey, size_t height, size_t width, int64_t *columns,
                     int64_t *out)
{
    int64_t along_x = 0, along_y = 0, squares = 0;
    memset(columns, 0, width * sizeof *columns);
    for (size_t y = 0; y < height; y++) {
        const unsigned char *row = grey + y * width;
        int64_t sum = 0;
        for (size_t x = 0; x < width; x++) {
            columns[x] += row[x];
            sum += row[x];
        }
        unsigned steps = 0; /* A row of 16 million pixels fits. */
        for (size_t x = 1; x < width; x++) {
            steps += step(row[x], row[x - 1]);
        }
        along_x += steps;
        steps = 0;
        for (size_t x = 0; x < width && y > 0; x++) {
            steps += step(row[x], grey[(y - 1) * width + x]);
        }
        along_y += steps;
        squares += sum * sum;
    }
    out[0] = along_x;
    out[1] = along_y;
    out[5] = squares;
    out[4] = 0;
    for (size_t x = 0; x < width; x++) {
        out[4] += columns[x] * columns[x];
    }
}

/* Write the same differences between the sums of blocks of 2 x 2 pixels. */
static void coarse_steps_of(const unsigned char *grey, size_t height, size_t width,
                            int64_t *previous, int64_t *out)
{
    out[0] = out[1] = 0;
    for (size_t y = 0; y < height / 2; y++) {
        const unsigned char *upper = grey + 2 * y * width, *lower = upper + width;
        int64_t left = 0;
        for (size_t x = 0; x < width / 2; x++) {
            int64_t block = upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1];
            if (x > 0) {
                out[0] += block > left ? block - left : left - block;
            }
            if (y > 0) {
                out[1] += block > previous[x] ? block - previous[x] : previous[x] - block;
            }
            left = previous[x] = block;
        }
    }
}

int core_image_sums(const unsigned char *pixels, size_t count, size_t height, size_t width,
                    size_t channels, const size_t *ranks, int64_t *out)
{
    size_t area = height * width;
    unsigned char *grey = core_allocate(area, 1);
    int64_t *line = core_allocate(width, sizeof *line);
    int failed = grey == NULL || line == NULL;
    for (size_t n = 0; n < count && !failed; n++) {
        const unsigned char *image = pixels + n * area * channels;
        int64_t *sums = out + n * SUMS;
        sums[13] = 0;
        if (channels == 3) {
            sums[13] = to_grey(image, area, grey);
            image = grey;
        }
        levels_of(image, area, ranks, sums);
        steps_of(image, height, width, line, sums + 7);
        coarse_steps_of(image, height, width, line, sums + 9);
    }
    free(grey);
    free(line);
    return failed ? -1 : 0;
}

void core_two_colours(const unsigned char *pixels, size_t count, size_t area, size_t channels,
                      unsigned char *out)
{
    for (size_t n = 0; n < count; n++) {
        const unsigned char *image = pixels + n * area * channels;
        /* Equal to itself one pixel later, the whole image is equal to its first pixel. */
        out[n] = area > 1 && memcmp(image, image + channels, (area - 1) * channels) != 0;
    }
}

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

static void levels_of(const unsigned char *grey, size_t area, const size_t *ranks, int64_t *out)
{
    /* Two neighbours are often equal, and adding twice to one number would wait for the first. */
    uint32_t parts[4][256] = {{0}};
    size_t i = 0;
    for (; i + 4 <= area; i += 4) {
        parts[0][grey[i]]++;
        parts[1][grey[i + 1]]++;
        parts[2][grey[i + 2]]++;
        parts[3][grey[i + 3]]++;
    }
    for (; i < area; i++) {
        parts[0][grey[i]]++;
    }
    size_t histogram[256];
    out[0] = out[1] = 0;
    for (size_t level = 0; level < 256; level++) {
        histogram[level] = (size_t)parts[0][level] + parts[1][level] + parts[2][level] +
                           parts[3][level];
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

/* Return the sum of the differences between two lines. */
static int64_t steps_between(const uint16_t *one, const uint16_t *other, size_t count)
{
    uint32_t sum = 0; /* An image has at most 4 million pixels, a block at most 4 * 255. */
    for (size_t x = 0; x < count; x++) {
        int step = one[x] - other[x];
        sum += (uint32_t)(step < 0 ? -step : step);
    }
    return sum;
}

/* Write the sums of the differences along x and y: of pixels, or of blocks of 2 x 2 pixels. */
static void steps_of(const unsigned char *grey, size_t height, size_t width, size_t factor,
                     uint16_t *lines, int64_t *out)
{
    size_t wide = width / factor;
    uint16_t *line = lines, *previous = lines + width;
    out[0] = out[1] = 0;
    for (size_t y = 0; y < height / factor; y++) {
        const unsigned char *row = grey + factor * y * width;
        if (factor == 1) {
            for (size_t x = 0; x < wide; x++) {
                line[x] = row[x];
            }
        } else {
            for (size_t x = 0; x < wide; x++) {
                line[x] = (uint16_t)(row[2 * x] + row[2 * x + 1] + row[width + 2 * x] +
                                     row[width + 2 * x + 1]);
            }
        }
        out[0] += wide > 0 ? steps_between(line + 1, line, wide - 1) : 0;
        out[1] += y > 0 ? steps_between(line, previous, wide) : 0;
        uint16_t *moved = line;
        line = previous;
        previous = moved;
    }
}

/* Write the squares of the sums of the columns, and of the rows. */
static void squares_of(const unsigned char *grey, size_t height, size_t width, uint32_t *columns,
                       int64_t *out)
{
    out[0] = out[1] = 0;
    memset(columns, 0, width * sizeof *columns);
    for (size_t y = 0; y < height; y++) {
        const unsigned char *row = grey + y * width;
        uint32_t sum = 0;
        for (size_t x = 0; x < width; x++) {
            columns[x] += row[x];
        }
        for (size_t x = 0; x < width; x++) {
            sum += row[x];
        }
        out[1] += (int64_t)sum * sum;
    }
    for (size_t x = 0; x < width; x++) {
        out[0] += (int64_t)columns[x] * columns[x];
    }
}

int core_image_sums(const unsigned char *pixels, size_t count, size_t height, size_t width,
                    size_t channels, const size_t *ranks, int64_t *out)
{
    size_t area = height * width;
    unsigned char *grey = core_allocate(area, 1);
    uint32_t *columns = core_allocate(width, sizeof *columns);
    uint16_t *lines = core_allocate(width, 2 * sizeof *lines);
    int failed = grey == NULL || columns == NULL || lines == NULL;
    for (size_t n = 0; n < count && !failed; n++) {
        const unsigned char *image = pixels + n * area * channels;
        int64_t *sums = out + n * SUMS;
        sums[13] = 0;
        if (channels == 3) {
            sums[13] = to_grey(image, area, grey);
            image = grey;
        }
        levels_of(image, area, ranks, sums);
        steps_of(image, height, width, 1, lines, sums + 7);
        steps_of(image, height, width, 2, lines, sums + 9);
        squares_of(image, height, width, columns, sums + 11);
    }
    free(grey);
    free(columns);
    free(lines);
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

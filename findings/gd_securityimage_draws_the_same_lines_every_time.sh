#!/usr/bin/env bash
# GD::SecurityImage draws the same lines in every image: only the digits differ.
#
# Version: libgd-securityimage-perl 1.75-2 (Debian 12), Perl 5.36, Linux. Seen on 2026-12-01.
#
# The grids, circles and ellipses of its styles depend on the size of the image and the number of
# lines alone, and with the built-in font the digits stand at one place. So two images of one text
# are the same, and images of different texts differ in the digits alone. Whoever splits a set of such
# images at random into one to learn from and one to measure with has the same images in both (of
# 1,500 with six digits two pairs), and a model that never saw the lines learns them from a few labels.
#
# A way round it: `particle` scatters random dots over the image, and `scramble => 1` with a TrueType
# font gives every digit a place and an angle of its own.
#
# Output seen, of 40 images of one text how many are different, and where 40 of other texts differ:
#   rect: 1 image of one text; other texts differ in columns 13 to 65 and rows 10 to 19 of 80x30
#   and likewise circle, ellipse, ec and default; with particles: 40 images of one text
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
packages=$(apt-get -s --no-install-recommends install libgd-securityimage-perl | awk '/^Inst /{print $2}')
apt-get download libgd-securityimage-perl $packages > /dev/null 2>&1
for archive in *.deb; do dpkg-deb -x "$archive" "$folder"; done
cat > lines.pl <<'PERL'
use strict;
use warnings;
use GD;
use GD::SecurityImage;

sub drawn {
    my ($style, $text, $dots) = @_;
    my $image = GD::SecurityImage->new(width => 80, height => 30, lines => 10, gd_font => 'giant');
    $image->random($text);
    $image->create(normal => $style, '#000000', '#000000');
    $image->particle($dots) if $dots;
    my ($data) = $image->out(force => 'png');
    return $data;
}

for my $style (qw(rect circle ellipse ec default)) {
    my %one = map { drawn($style, '123456') => 1 } 1 .. 40;
    my $first = GD::Image->newFromPngData(drawn($style, '000000'));
    my ($left, $right, $top, $bottom) = (80, -1, 30, -1);
    for my $number (1 .. 40) {
        my $other = GD::Image->newFromPngData(drawn($style, sprintf '%06d', $number * 24691));
        for my $x (0 .. 79) {
            for my $y (0 .. 29) {
                my @a = $first->rgb($first->getPixel($x, $y));
                my @b = $other->rgb($other->getPixel($x, $y));
                next if "@a" eq "@b";
                ($left, $right) = ($x < $left ? $x : $left, $x > $right ? $x : $right);
                ($top, $bottom) = ($y < $top ? $y : $top, $y > $bottom ? $y : $bottom);
            }
        }
    }
    my $count = keys %one;
    print "$style: $count image of one text; other texts differ in columns $left to $right ",
        "and rows $top to $bottom of 80x30\n";
    die 'images of one text differ' unless $count == 1;
    die 'the lines differ' unless $left > 5 and $right < 75 and $top > 3 and $bottom < 27;
}
my %scattered = map { drawn('rect', '123456', 200) => 1 } 1 .. 40;
print 'with particles: ', scalar keys %scattered, " images of one text\n";
die 'particles are not random' unless keys %scattered == 40;
PERL
libraries="$folder/usr/lib/x86_64-linux-gnu"
modules=("-I$folder/usr/share/perl5")
for path in "$libraries"/perl5/*; do [ -d "$path" ] && modules+=("-I$path"); done
LD_LIBRARY_PATH="$libraries" perl "${modules[@]}" lines.pl

# Draws with Debian's GD::SecurityImage, as its synopsis does; see `drawing.py` for the arguments.

use strict;
use warnings;
use GD::SecurityImage;
use JSON::PP;

my ($out, $count, $seed, $json) = @ARGV;
my $options = decode_json($json);
open my $table, '>', "$out/metadata.csv" or die $!;
print $table "file_name,text\n";
for my $number (0 .. $count - 1) {
    srand(unpack('%32C*', "$seed") * 100003 + $number);
    my $image = GD::SecurityImage->new(width => 80, height => 30, lines => 10, gd_font => 'giant');
    $image->random;
    $image->create(normal => $options->{style});
    my ($data, $kind, $text) = $image->out(force => 'png');
    my $name = sprintf '%04d.png', $number;
    open my $file, '>:raw', "$out/$name" or die $!;
    print $file $data;
    close $file;
    print $table "$name,$text\n";
}

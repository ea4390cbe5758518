/* One idea: tables of RFC 4291 and RFC 5952 texts, and networks compared bit by bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/ip.h"
#include "base/random.h"

static void addresses_are_read_and_written_in_one_form(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t size_bytes;
        const char *written;
    } cases[] = {
        {"0.0.0.0", 4, "0.0.0.0"}, {"255.255.255.255", 4, "255.255.255.255"},
        {"192.0.2.1", 4, "192.0.2.1"}, {"::", 16, "::"}, {"::1", 16, "::1"}, {"1::", 16, "1::"},
        {"2001:DB8:0:0:0:0:0:1", 16, "2001:db8::1"}, {"2001:db8::0001", 16, "2001:db8::1"},
        {"2001:0:0:1:0:0:0:1", 16, "2001:0:0:1::1"},
        {"2001:db8:0:1:1:1:1:1", 16, "2001:db8:0:1:1:1:1:1"},
        {"2001:db8:0:0:1:0:0:1", 16, "2001:db8::1:0:0:1"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 16,
         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", 16,
         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"64:ff9b::192.0.2.33", 16, "64:ff9b::c000:221"},
        {"1:2:3:4:5:6:7::", 16, "1:2:3:4:5:6:7:0"},
        {"::ffff:192.0.2.1", 4, "192.0.2.1"}, {"::FFFF:c000:201", 4, "192.0.2.1"},
        {"0:0:0:0:0:ffff:10.0.0.1", 4, "10.0.0.1"}, {"::ffff:0:0", 4, "0.0.0.0"},
        {"::fffe:1.2.3.4", 16, "::fffe:102:304"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char bytes[IP_BYTES_MAX];
        char text[IP_TEXT_BYTES_MAX];
        size_t size = 0;
        if (ip_parse(view_of(cases[i].text), bytes, &size) != STATUS_OK)
            fail_msg("%s is refused", cases[i].text);
        assert_int_equal(size, cases[i].size_bytes);
        assert_int_equal(ip_format(text, (struct view){bytes, size}), strlen(cases[i].written));
        assert_string_equal(text, cases[i].written);
    }
}

static void bytes_are_in_network_order(void **state)
{
    (void)state;
    char bytes[IP_BYTES_MAX];
    size_t size = 0;
    assert_int_equal(ip_parse(VIEW("1.2.3.250"), bytes, &size), STATUS_OK);
    assert_memory_equal(bytes, "\1\2\3\xfa", 4);
    assert_int_equal(ip_parse(VIEW("102:304:506:708:90a:b0c:d0e:f10"), bytes, &size), STATUS_OK);
    assert_memory_equal(bytes, "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20", 16);
}

static void what_is_no_address_is_refused(void **state)
{
    (void)state;
    static const struct view texts[] = {
        VIEW(""), VIEW("1"), VIEW("1.2.3"), VIEW("1.2.3.4.5"), VIEW("256.1.1.1"), VIEW("1.2.3.-4"),
        VIEW("01.2.3.4"), VIEW("1.2.3.04"), VIEW("0x1.2.3.4"), VIEW("1.2.3.4 "), VIEW(" 1.2.3.4"),
        VIEW("1.2.3.4\n"), VIEW("1.2.3.4\0"), VIEW("1.2.3.4\0x"), VIEW("1..3.4"), VIEW("1.2.3.4/8"),
        VIEW("16909060"), VIEW("a.b.c.d"), VIEW(":"), VIEW(":::"), VIEW("1::2::3"), VIEW("1:2"),
        VIEW("1:2:3:4:5:6:7"), VIEW("1:2:3:4:5:6:7:8:9"), VIEW("1:2:3:4:5:6:7:8::"),
        VIEW("12345::"), VIEW("g::"), VIEW("fe80::1%eth0"), VIEW("[::1]"), VIEW("::1.2.3"),
        VIEW("::1.2.3.256"), VIEW("1.2.3.4::"), VIEW("::ffff:1.2.3.4:5"), VIEW(":1:2:3:4:5:6:7"),
        VIEW("1:2:3:4:5:6:7:"), VIEW("-1::"), VIEW("1.2.3.4.com"), {NULL, 0},
        VIEW("0000:0000:0000:0000:0000:ffff:255.255.255.2555"),
        VIEW("0000000000000000000000000000000000000000000000000000000000000000::1"),
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char bytes[IP_BYTES_MAX];
        memset(bytes, 0x5a, sizeof bytes);
        size_t size = 9;
        if (ip_parse(texts[i], bytes, &size) != STATUS_INVALID)
            fail_msg("text %zu is accepted", i);
        assert_int_equal(size, 9);
        for (size_t k = 0; k < sizeof bytes; k++)
            assert_int_equal(bytes[k], 0x5a);
    }
}

static void random_addresses_come_back(void **state)
{
    (void)state;
    const uint64_t seed = 3;
    struct random random;
    random_init(&random, seed);
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < 50000; round++) {
        char address[IP_BYTES_MAX];
        size_t size = round % 2 == 0 ? 4 : 16;
        for (size_t i = 0; i < size; i++) /* many zeros, so that runs of them are met */
            address[i] = random_below(&random, 3) == 0 ? (char)random_u64(&random) : '\0';
        address[0] = '\x20'; /* not a mapped one */
        char text[IP_TEXT_BYTES_MAX];
        size_t length = ip_format(text, (struct view){address, size});
        char again[IP_BYTES_MAX];
        size_t again_size = 0;
        assert_int_equal(ip_parse((struct view){text, length}, again, &again_size), STATUS_OK);
        assert_int_equal(again_size, size);
        assert_memory_equal(again, address, size);
    }
}

static bool slow_in_network(const char *a, const char *b, unsigned bits)
{
    for (unsigned bit = 0; bit < bits; bit++)
        if (((a[bit / 8] ^ b[bit / 8]) & (0x80 >> bit % 8)) != 0)
            return false;
    return true;
}

static void networks_hold_what_shares_their_bits(void **state)
{
    (void)state;
    const uint64_t seed = 4;
    struct random random;
    random_init(&random, seed);
    print_message("# seed %llu\n", (unsigned long long)seed);
    int inside_count = 0;
    for (int round = 0; round < 20000; round++) {
        size_t size = round % 2 == 0 ? 4 : 16;
        char network[IP_BYTES_MAX];
        char address[IP_BYTES_MAX];
        for (size_t i = 0; i < size; i++)
            network[i] = address[i] = (char)random_u64(&random);
        size_t bit = (size_t)random_below(&random, 8 * size);
        address[bit / 8] = (char)(address[bit / 8] ^ (0x80 >> bit % 8));
        for (unsigned bits = 0; bits <= 8 * size; bits++) {
            bool inside = ip_in_network((struct view){address, size}, (struct view){network, size},
                                        bits);
            assert_int_equal(inside, slow_in_network(address, network, bits));
            assert_int_equal(inside, bits <= bit);
            inside_count += inside;
        }
    }
    assert_true(inside_count > 0);
}

static void families_do_not_mix(void **state)
{
    (void)state;
    const char zeros[IP_BYTES_MAX] = {0};
    const struct view four = {zeros, 4};
    const struct view six = {zeros, 16};
    assert_false(ip_in_network(four, six, 0));
    assert_false(ip_in_network(six, four, 0));
    assert_false(ip_in_network(four, six, 128));
    assert_true(ip_in_network(four, four, 32));
    assert_true(ip_in_network(six, six, 128));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read_and_written_in_one_form),
        cmocka_unit_test(bytes_are_in_network_order),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(random_addresses_come_back),
        cmocka_unit_test(networks_hold_what_shares_their_bits),
        cmocka_unit_test(families_do_not_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

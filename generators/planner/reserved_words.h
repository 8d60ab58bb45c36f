// Names that a layer may not have, as lists of words. reserved.cpp has the rules.
//
// The lists are derived from the headers and libraries of glibc 2.36, GCC 12 and mingw-w64 10, and
// hold what a program may meet on Linux, macOS, Android and Windows:
//   functions  nm -D of libc.so.6 and libm.so.6, default versions; nm of libucrt.a and libmsvcrt.a;
//              types ending in _t of their
//              headers; by hand: other types and tags, built-in functions of GCC, functions of
//              C23, BSD and macOS, and the entry points of Windows
//   macros     gcc -std=gnu17 -D_GNU_SOURCE -dM -E and g++ -std=gnu++20 -dM -E over all headers of
//              C, C++ and POSIX but tgmath.h; by hand: dialects of other systems, windows.h and macOS
//   headers    the files *.h of libc6-dev, of GCC and, by hand, of Windows and macOS
// Names that begin with an underscore are left out, because no layer's name does.
#pragma once

namespace hinge::hingec::reserved {

/// Functions, objects and types that C programs have without asking.
inline constexpr char functions[] = R"(
DIR Dl_info DllMain FILE WinMain wWinMain wmain
a64l abort abs accept accept4 access acct acos acosf acosf128 acosf32 acosf32x
acosf64 acosf64x acosh acoshf acoshf128 acoshf32 acoshf32x acoshf64 acoshf64x acoshl acosl acospi
active_reg_t addmntent addrinfo addseverity adjtime adjtimex aio_cancel aio_cancel64 aio_error
aio_error64 aio_fsync aio_fsync64 aio_init aio_read aio_read64 aio_return aio_return64 aio_suspend
aio_suspend64 aio_write aio_write64 alarm aligned_alloc alphasort alphasort64 arc4random
arc4random_buf arc4random_uniform arch_prctl argp_err_exit_status argp_error argp_failure argp_help
argp_parse argp_program_bug_address argp_program_version argp_program_version_hook argp_state_help
argp_usage argz_add argz_add_sep argz_append argz_count argz_create argz_create_sep argz_delete
argz_extract argz_insert argz_next argz_replace argz_stringify asctime asctime_r asctime_s asin
asinf asinf128 asinf32 asinf32x asinf64 asinf64x asinh asinhf asinhf128 asinhf32 asinhf32x asinhf64
asinhf64x asinhl asinl asinpi asprintf at_quick_exit atan atan2 atan2f atan2f128 atan2f32 atan2f32x
atan2f64 atan2f64x atan2l atan2pi atanf atanf128 atanf32 atanf32x atanf64 atanf64x atanh atanhf
atanhf128 atanhf32 atanhf32x atanhf64 atanhf64x atanhl atanl atanpi atexit atof atoi atol atoll
atomic_char16_t atomic_char32_t atomic_int_fast16_t atomic_int_fast32_t atomic_int_fast64_t
atomic_int_fast8_t atomic_int_least16_t atomic_int_least32_t atomic_int_least64_t
atomic_int_least8_t atomic_intmax_t atomic_intptr_t atomic_ptrdiff_t atomic_size_t
atomic_uint_fast16_t atomic_uint_fast32_t atomic_uint_fast64_t atomic_uint_fast8_t
atomic_uint_least16_t atomic_uint_least32_t atomic_uint_least64_t atomic_uint_least8_t
atomic_uintmax_t atomic_uintptr_t atomic_wchar_t backtrace backtrace_symbols backtrace_symbols_fd
basename basename_r bcmp bcopy bind bind_textdomain_codeset bindresvport bindtextdomain blkcnt64_t
blkcnt_t blksize_t brk bsd_signal bsearch bsearch_s btowc bzero c16rtomb c32rtomb c8rtomb cabs cabsf
cabsf128 cabsf32 cabsf32x cabsf64 cabsf64x cabsl cacos cacosf cacosf128 cacosf32 cacosf32x cacosf64
cacosf64x cacosh cacoshf cacoshf128 cacoshf32 cacoshf32x cacoshf64 cacoshf64x cacoshl cacosl caddr_t
call_once calloc canonicalize canonicalize_file_name canonicalizef canonicalizef128 canonicalizef32
canonicalizef32x canonicalizef64 canonicalizef64x canonicalizel capget capset carg cargf cargf128
cargf32 cargf32x cargf64 cargf64x cargl casin casinf casinf128 casinf32 casinf32x casinf64 casinf64x
casinh casinhf casinhf128 casinhf32 casinhf32x casinhf64 casinhf64x casinhl casinl catan catanf
catanf128 catanf32 catanf32x catanf64 catanf64x catanh catanhf catanhf128 catanhf32 catanhf32x
catanhf64 catanhf64x catanhl catanl catclose catgets catopen cbrt cbrtf cbrtf128 cbrtf32 cbrtf32x
cbrtf64 cbrtf64x cbrtl cc_t ccos ccosf ccosf128 ccosf32 ccosf32x ccosf64 ccosf64x ccosh ccoshf
ccoshf128 ccoshf32 ccoshf32x ccoshf64 ccoshf64x ccoshl ccosl ceil ceilf ceilf128 ceilf16 ceilf32
ceilf32x ceilf64 ceilf64x ceill cexp cexpf cexpf128 cexpf32 cexpf32x cexpf64 cexpf64x cexpl
cfgetispeed cfgetospeed cfmakeraw cfsetispeed cfsetospeed cfsetspeed char16_t char32_t char8_t chdir
chflags chgsign chmod chown chroot chsize cimag cimagf cimagf128 cimagf32 cimagf32x cimagf64
cimagf64x cimagl clearenv clearerr clearerr_s clearerr_unlocked clock clock_adjtime
clock_getcpuclockid clock_getres clock_gettime clock_nanosleep clock_settime clock_t clockid_t clog
clog10 clog10f clog10f128 clog10f32 clog10f32x clog10f64 clog10f64x clog10l clogf clogf128 clogf32
clogf32x clogf64 clogf64x clogl clone close close_range closedir closefrom closelog cmsghdr
cnd_broadcast cnd_destroy cnd_init cnd_signal cnd_t cnd_timedwait cnd_wait comparison_fn_t compoundn
confstr conj conjf conjf128 conjf32 conjf32x conjf64 conjf64x conjl connect cookie_close_function_t
cookie_io_functions_t cookie_read_function_t cookie_seek_function_t cookie_write_function_t
copy_file_range copysign copysignf copysignf128 copysignf16 copysignf32 copysignf32x copysignf64
copysignf64x copysignl cos cosf cosf128 cosf32 cosf32x cosf64 cosf64x cosh coshf coshf128 coshf32
coshf32x coshf64 coshf64x coshl cosl cospi cpow cpowf cpowf128 cpowf32 cpowf32x cpowf64 cpowf64x
cpowl cproj cprojf cprojf128 cprojf32 cprojf32x cprojf64 cprojf64x cprojl cpu_set_t creal crealf
crealf128 crealf32 crealf32x crealf64 crealf64x creall creat creat64 csin csinf csinf128 csinf32
csinf32x csinf64 csinf64x csinh csinhf csinhf128 csinhf32 csinhf32x csinhf64 csinhf64x csinhl csinl
csqrt csqrtf csqrtf128 csqrtf32 csqrtf32x csqrtf64 csqrtf64x csqrtl ctan ctanf ctanf128 ctanf32
ctanf32x ctanf64 ctanf64x ctanh ctanhf ctanhf128 ctanhf32 ctanhf32x ctanhf64 ctanhf64x ctanhl ctanl
ctermid ctime ctime_r cuserid cwait daddl daddr_t daemon daylight dcgettext dcngettext ddivl
delete_module dev_t dfmal dgettext difftime dirent dirfd dirname dirname_r dispatch_async
dispatch_once dispatch_sync div div_t dl_iterate_phdr dladdr dladdr1 dlclose dlerror dlinfo dlmopen
dlopen dlsym dlvsym dmull dn_comp dn_expand dn_skipname dngettext double_t dprintf drand48 drand48_r
drem dremf dreml dsqrtl dsubl dup dup2 dup3 duplocale dysize eaccess ecvt ecvt_r endaliasent
endfsent endgrent endhostent endmntent endnetent endnetgrent endprotoent endpwent endrpcent
endservent endsgent endspent endttyent endusershell endutent endutxent environ envz_add envz_entry
envz_get envz_merge envz_remove envz_strip eof epoll_create epoll_create1 epoll_ctl epoll_event
epoll_pwait epoll_pwait2 epoll_wait erand48 erand48_r erf erfc erfcf erfcf128 erfcf32 erfcf32x
erfcf64 erfcf64x erfcl erff erff128 erff32 erff32x erff64 erff64x erfl err errno error error_at_line
error_message_count error_one_per_line error_print_progname error_t errx ether_aton ether_aton_r
ether_hostton ether_line ether_ntoa ether_ntoa_r ether_ntohost euidaccess eventfd eventfd_read
eventfd_write execl execle execlp execlpe execv execve execveat execvp execvpe exit exp exp10 exp10f
exp10f128 exp10f32 exp10f32x exp10f64 exp10f64x exp10l exp10m1 exp2 exp2f exp2f128 exp2f32 exp2f32x
exp2f64 exp2f64x exp2l exp2m1 expf expf128 expf32 expf32x expf64 expf64x expl explicit_bzero expm1
expm1f expm1f128 expm1f32 expm1f32x expm1f64 expm1f64x expm1l f32addf128 f32addf32x f32addf64
f32addf64x f32divf128 f32divf32x f32divf64 f32divf64x f32fmaf128 f32fmaf32x f32fmaf64 f32fmaf64x
f32mulf128 f32mulf32x f32mulf64 f32mulf64x f32sqrtf128 f32sqrtf32x f32sqrtf64 f32sqrtf64x f32subf128
f32subf32x f32subf64 f32subf64x f32xaddf128 f32xaddf64 f32xaddf64x f32xdivf128 f32xdivf64
f32xdivf64x f32xfmaf128 f32xfmaf64 f32xfmaf64x f32xmulf128 f32xmulf64 f32xmulf64x f32xsqrtf128
f32xsqrtf64 f32xsqrtf64x f32xsubf128 f32xsubf64 f32xsubf64x f64addf128 f64addf64x f64divf128
f64divf64x f64fmaf128 f64fmaf64x f64mulf128 f64mulf64x f64sqrtf128 f64sqrtf64x f64subf128 f64subf64x
f64xaddf128 f64xdivf128 f64xfmaf128 f64xmulf128 f64xsqrtf128 f64xsubf128 fabs fabsd128 fabsd32
fabsd64 fabsf fabsf128 fabsf16 fabsf32 fabsf32x fabsf64 fabsf64x fabsl faccessat fadd faddl
fallocate fallocate64 fanotify_init fanotify_mark fchdir fchflags fchmod fchmodat fchown fchownat
fclose fcloseall fcntl fcntl64 fcvt fcvt_r fd_set fdatasync fdim fdimf fdimf128 fdimf32 fdimf32x
fdimf64 fdimf64x fdiml fdiv fdivl fdopen fdopendir feclearexcept fedisableexcept feenableexcept
fegetenv fegetexcept fegetexceptflag fegetmode fegetround feholdexcept femode_t fenv_t feof
feof_unlocked feraiseexcept ferror ferror_unlocked fesetenv fesetexcept fesetexceptflag fesetmode
fesetround fetestexcept fetestexceptflag feupdateenv fexcept_t fexecve fflush fflush_unlocked ffma
ffmal ffs ffsimax ffsl ffsll fgetc fgetc_unlocked fgetchar fgetgrent fgetgrent_r fgetln fgetpos
fgetpos64 fgetpwent fgetpwent_r fgets fgets_unlocked fgetsgent fgetsgent_r fgetspent fgetspent_r
fgetwc fgetwc_unlocked fgetwchar fgetws fgetws_unlocked fgetxattr filelength fileno fileno_unlocked
finite finited128 finited32 finited64 finitef finitel flistxattr float_t flock flockfile floor
floorf floorf128 floorf16 floorf32 floorf32x floorf64 floorf64x floorl fma fmaf fmaf128 fmaf16
fmaf32 fmaf32x fmaf64 fmaf64x fmal fmax fmaxf fmaxf128 fmaxf16 fmaxf32 fmaxf32x fmaxf64 fmaxf64x
fmaximum fmaximum_mag fmaximum_mag_num fmaximum_mag_numf fmaximum_mag_numf128 fmaximum_mag_numf32
fmaximum_mag_numf32x fmaximum_mag_numf64 fmaximum_mag_numf64x fmaximum_mag_numl fmaximum_magf
fmaximum_magf128 fmaximum_magf32 fmaximum_magf32x fmaximum_magf64 fmaximum_magf64x fmaximum_magl
fmaximum_num fmaximum_numf fmaximum_numf128 fmaximum_numf32 fmaximum_numf32x fmaximum_numf64
fmaximum_numf64x fmaximum_numl fmaximumf fmaximumf128 fmaximumf32 fmaximumf32x fmaximumf64
fmaximumf64x fmaximuml fmaxl fmaxmag fmaxmagf fmaxmagf128 fmaxmagf32 fmaxmagf32x fmaxmagf64
fmaxmagf64x fmaxmagl fmemopen fmin fminf fminf128 fminf16 fminf32 fminf32x fminf64 fminf64x fminimum
fminimum_mag fminimum_mag_num fminimum_mag_numf fminimum_mag_numf128 fminimum_mag_numf32
fminimum_mag_numf32x fminimum_mag_numf64 fminimum_mag_numf64x fminimum_mag_numl fminimum_magf
fminimum_magf128 fminimum_magf32 fminimum_magf32x fminimum_magf64 fminimum_magf64x fminimum_magl
fminimum_num fminimum_numf fminimum_numf128 fminimum_numf32 fminimum_numf32x fminimum_numf64
fminimum_numf64x fminimum_numl fminimumf fminimumf128 fminimumf32 fminimumf32x fminimumf64
fminimumf64x fminimuml fminl fminmag fminmagf fminmagf128 fminmagf32 fminmagf32x fminmagf64
fminmagf64x fminmagl fmod fmodf fmodf128 fmodf32 fmodf32x fmodf64 fmodf64x fmodl fmtmsg fmul fmull
fnmatch fopen fopen64 fopen_s fopencookie fork forkpty fparseln fpathconf fpclass fpos64_t fpos_t
fpregset_t fprintf fprintf_s fprintf_unlocked fputc fputc_unlocked fputchar fputs fputs_unlocked
fputwc fputwc_unlocked fputwchar fputws fputws_unlocked fread fread_s fread_unlocked free
free_aligned_sized free_sized freeaddrinfo freeifaddrs freelocale fremovexattr freopen freopen64
freopen_s frexp frexpf frexpf128 frexpf32 frexpf32x frexpf64 frexpf64x frexpl fromfp fromfpf
fromfpf128 fromfpf32 fromfpf32x fromfpf64 fromfpf64x fromfpl fromfpx fromfpxf fromfpxf128 fromfpxf32
fromfpxf32x fromfpxf64 fromfpxf64x fromfpxl fsblkcnt64_t fsblkcnt_t fscanf fscanf_s fsconfig fseek
fseeko fseeko64 fsetpos fsetpos64 fsetxattr fsfilcnt64_t fsfilcnt_t fsid_t fsmount fsopen fspick
fsqrt fsqrtl fstat fstat64 fstatat fstatat64 fstatfs fstatfs64 fstatvfs fstatvfs64 fsub fsubl fsync
ftell ftello ftello64 ftime ftok ftruncate ftruncate64 ftrylockfile fts64_children fts64_close
fts64_open fts64_read fts64_set fts_children fts_close fts_open fts_read fts_set ftw ftw64
funlockfile funopen futimens futimes futimesat fwide fwprintf fwprintf_s fwrite fwrite_unlocked
fwscanf fwscanf_s gai_cancel gai_error gai_strerror gai_suspend gamma gamma_r gammaf gammaf_r gammal
gammal_r gcvt get_avphys_pages get_current_dir_name get_nprocs get_nprocs_conf get_phys_pages
getaddrinfo getaddrinfo_a getaliasbyname getaliasbyname_r getaliasent getaliasent_r getauxval getc
getc_unlocked getch getchar getchar_unlocked getche getcontext getcpu getcwd getdate getdate_err
getdate_r getdelim getdents64 getdirentries getdirentries64 getdomainname getdtablesize getegid
getentropy getenv getenv_s geteuid getfsent getfsfile getfsspec getgid getgrent getgrent_r getgrgid
getgrgid_r getgrnam getgrnam_r getgrouplist getgroups gethostbyaddr gethostbyaddr_r gethostbyname
gethostbyname2 gethostbyname2_r gethostbyname_r gethostent gethostent_r gethostid gethostname
getifaddrs getipv4sourcefilter getitimer getline getloadavg getlogin getlogin_r getmntent
getmntent_r getnameinfo getnetbyaddr getnetbyaddr_r getnetbyname getnetbyname_r getnetent
getnetent_r getnetgrent getnetgrent_r getopt getopt_long getopt_long_only getpagesize getpass
getpayload getpayloadf getpayloadf128 getpayloadf32 getpayloadf32x getpayloadf64 getpayloadf64x
getpayloadl getpeername getpgid getpgrp getpid getppid getpriority getprogname getprotobyname
getprotobyname_r getprotobynumber getprotobynumber_r getprotoent getprotoent_r getpt getpw getpwent
getpwent_r getpwnam getpwnam_r getpwuid getpwuid_r getrandom getresgid getresuid getrlimit
getrlimit64 getrpcbyname getrpcbyname_r getrpcbynumber getrpcbynumber_r getrpcent getrpcent_r
getrusage gets gets_s getservbyname getservbyname_r getservbyport getservbyport_r getservent
getservent_r getsgent getsgent_r getsgnam getsgnam_r getsid getsockname getsockopt getsourcefilter
getspent getspent_r getspnam getspnam_r getsubopt gettext gettid gettimeofday getttyent getttynam
getuid getusershell getutent getutent_r getutid getutid_r getutline getutline_r getutmp getutmpx
getutxent getutxid getutxline getw getwc getwc_unlocked getwchar getwchar_unlocked getwd getxattr
gid_t glob glob64 glob64_t glob_pattern_p glob_t globfree globfree64 gmtime gmtime_r gnu_dev_major
gnu_dev_makedev gnu_dev_minor gnu_get_libc_release gnu_get_libc_version grantpt greg_t gregset_t
group group_member gsignal gtty h_errlist h_nerr hasmntopt hcreate hcreate_r hdestroy hdestroy_r
heapsort heapsort_b heapwalk herror hostent hsearch hsearch_r hstrerror htonl htons humanize_number
hypot hypotf hypotf128 hypotf32 hypotf32x hypotf64 hypotf64x hypotl iconv iconv_close iconv_open
iconv_t id_t idtype_t if_freenameindex if_indextoname if_nameindex if_nametoindex ilogb ilogbf
ilogbf128 ilogbf32 ilogbf32x ilogbf64 ilogbf64x ilogbl imaxabs imaxdiv imaxdiv_t in6_addr
in6addr_any in6addr_loopback in_addr in_addr_t in_port_t index inet6_opt_append inet6_opt_find
inet6_opt_finish inet6_opt_get_val inet6_opt_init inet6_opt_next inet6_opt_set_val
inet6_option_alloc inet6_option_append inet6_option_find inet6_option_init inet6_option_next
inet6_option_space inet6_rth_add inet6_rth_getaddr inet6_rth_init inet6_rth_reverse
inet6_rth_segments inet6_rth_space inet_addr inet_aton inet_lnaof inet_makeaddr inet_netof
inet_network inet_nsap_addr inet_nsap_ntoa inet_ntoa inet_ntop inet_pton init_module initgroups
initstate initstate_r innetgr ino64_t ino_t inotify_add_watch inotify_init inotify_init1
inotify_rm_watch insque int16_t int32_t int64_t int8_t int_fast16_t int_fast32_t int_fast64_t
int_fast8_t int_least16_t int_least32_t int_least64_t int_least8_t intmax_t intptr_t ioctl ioperm
iopl iovec iruserok iruserok_af is_wctype isalnum isalnum_l isalpha isalpha_l isascii isatty isblank
isblank_l iscntrl iscntrl_l iscsym iscsymf isctype isdigit isdigit_l isfdtype isgraph isgraph_l
isinf isinfd128 isinfd32 isinfd64 isinff isinfl isleadbyte islower islower_l isnan isnand128
isnand32 isnand64 isnanf isnanl isprint isprint_l ispunct ispunct_l issetugid isspace isspace_l
isupper isupper_l iswalnum iswalnum_l iswalpha iswalpha_l iswascii iswblank iswblank_l iswcntrl
iswcntrl_l iswctype iswctype_l iswdigit iswdigit_l iswgraph iswgraph_l iswlower iswlower_l iswprint
iswprint_l iswpunct iswpunct_l iswspace iswspace_l iswupper iswupper_l iswxdigit iswxdigit_l
isxdigit isxdigit_l itimerspec itimerval itoa j0 j0f j0f128 j0f32 j0f32x j0f64 j0f64x j0l j1 j1f
j1f128 j1f32 j1f32x j1f64 j1f64x j1l jn jnf jnf128 jnf32 jnf32x jnf64 jnf64x jnl jrand48 jrand48_r
kbhit kevent key_t kill killpg klogctl kqueue l64a labs lchflags lchmod lchown lckpwdf lcong48
lcong48_r lconv ldexp ldexpf ldexpf128 ldexpf32 ldexpf32x ldexpf64 ldexpf64x ldexpl ldiv ldiv_t
lfind lgamma lgamma_r lgammaf lgammaf128 lgammaf128_r lgammaf32 lgammaf32_r lgammaf32x lgammaf32x_r
lgammaf64 lgammaf64_r lgammaf64x lgammaf64x_r lgammaf_r lgammal lgammal_r lgetxattr linger link
linkat lio_listio lio_listio64 listen listxattr llabs lldiv lldiv_t llistxattr llogb llogbf
llogbf128 llogbf32 llogbf32x llogbf64 llogbf64x llogbl llrint llrintf llrintf128 llrintf32
llrintf32x llrintf64 llrintf64x llrintl llround llroundf llroundf128 llroundf32 llroundf32x
llroundf64 llroundf64x llroundl locale_t localeconv localtime localtime_r lockf lockf64 loff_t log
log10 log10f log10f128 log10f32 log10f32x log10f64 log10f64x log10l log10p1 log1p log1pf log1pf128
log1pf32 log1pf32x log1pf64 log1pf64x log1pl log2 log2f log2f128 log2f32 log2f32x log2f64 log2f64x
log2l log2p1 logb logbf logbf128 logbf32 logbf32x logbf64 logbf64x logbl logf logf128 logf32 logf32x
logf64 logf64x login login_tty logl logout logp1 logwtmp longjmp lrand48 lrand48_r lremovexattr
lrint lrintf lrintf128 lrintf32 lrintf32x lrintf64 lrintf64x lrintl lround lroundf lroundf128
lroundf32 lroundf32x lroundf64 lroundf64x lroundl lsearch lseek lseek64 lsetxattr lstat lstat64 ltoa
lutimes mach_absolute_time mach_error mach_task_self madvise main makecontext mallinfo mallinfo2
malloc malloc_info malloc_size malloc_stats malloc_trim malloc_usable_size malloc_zone_malloc
mallopt max_align_t mblen mbrlen mbrtoc16 mbrtoc32 mbrtoc8 mbrtowc mbsinit mbsnrtowcs mbsrtowcs
mbsrtowcs_s mbstate_t mbstowcs mbstowcs_s mbtowc mcheck mcheck_check_all mcheck_pedantic mcontext_t
mcount memalign memalignment memccpy memchr memcmp memcpy memcpy_s memfd_create memfrob memicmp
memmem memmove memmove_s mempcpy memrchr memset memset_explicit mergesort mincore mkdir mkdirat
mkdtemp mkfifo mkfifoat mknod mknodat mkostemp mkostemp64 mkostemps mkostemps64 mkpath_np mkstemp
mkstemp64 mkstemps mkstemps64 mktemp mktime mlock mlock2 mlockall mmap mmap64 mode_t modf modff
modff128 modff32 modff32x modff64 modff64x modfl modify_ldt moncontrol monstartup mount
mount_setattr move_mount mprobe mprotect mq_attr mq_close mq_getattr mq_notify mq_open mq_receive
mq_send mq_setattr mq_timedreceive mq_timedsend mq_unlink mqd_t mrand48 mrand48_r mremap msgctl
msgget msghdr msglen_t msgqnum_t msgrcv msgsnd msync mtrace mtx_destroy mtx_init mtx_lock mtx_t
mtx_timedlock mtx_trylock mtx_unlock munlock munlockall munmap muntrace name_to_handle_at nan
nand128 nand32 nand64 nanf nanf128 nanf16 nanf32 nanf32x nanf64 nanf64x nanl nanosleep nearbyint
nearbyintf nearbyintf128 nearbyintf16 nearbyintf32 nearbyintf32x nearbyintf64 nearbyintf64x
nearbyintl netent newlocale nextafter nextafterf nextafterf128 nextafterf32 nextafterf32x
nextafterf64 nextafterf64x nextafterl nextdown nextdownf nextdownf128 nextdownf32 nextdownf32x
nextdownf64 nextdownf64x nextdownl nexttoward nexttowardf nexttowardl nextup nextupf nextupf128
nextupf32 nextupf32x nextupf64 nextupf64x nextupl nfds_t nftw nftw64 ngettext nice nl_langinfo
nl_langinfo_l nlink_t norm normf norml nrand48 nrand48_r ns_name_compress ns_name_ntop ns_name_pack
ns_name_pton ns_name_skip ns_name_uncompress ns_name_unpack ntohl ntohs ntp_adjtime ntp_gettime
ntp_gettimex objc_msgSend obstack_alloc_failed_handler obstack_exit_failure obstack_free
obstack_printf obstack_vprintf off64_t off_t on_exit open open64 open_by_handle_at open_memstream
open_tree open_wmemstream openat openat64 opendir openlog openpty optarg opterr optind option optopt
parse_printf_format passwd pathconf pause pclose perror personality pid_t pidfd_getfd pidfd_open
pidfd_send_signal pipe pipe2 pivot_root pkey_alloc pkey_free pkey_get pkey_mprotect pkey_set poll
pollfd popen posix_fadvise posix_fadvise64 posix_fallocate posix_fallocate64 posix_madvise
posix_memalign posix_openpt posix_spawn posix_spawn_file_actions_addchdir_np
posix_spawn_file_actions_addclose posix_spawn_file_actions_addclosefrom_np
posix_spawn_file_actions_adddup2 posix_spawn_file_actions_addfchdir_np
posix_spawn_file_actions_addopen posix_spawn_file_actions_addtcsetpgrp_np
posix_spawn_file_actions_destroy posix_spawn_file_actions_init posix_spawn_file_actions_t
posix_spawnattr_destroy posix_spawnattr_getflags posix_spawnattr_getpgroup
posix_spawnattr_getschedparam posix_spawnattr_getschedpolicy posix_spawnattr_getsigdefault
posix_spawnattr_getsigmask posix_spawnattr_init posix_spawnattr_setflags posix_spawnattr_setpgroup
posix_spawnattr_setschedparam posix_spawnattr_setschedpolicy posix_spawnattr_setsigdefault
posix_spawnattr_setsigmask posix_spawnattr_t posix_spawnp pow pow10 pow10f pow10l powf powf128
powf32 powf32x powf64 powf64x powl pown powr ppoll prctl pread pread64 preadv preadv2 preadv64
preadv64v2 printf printf_s printf_size printf_size_info printf_unlocked prlimit prlimit64
process_madvise process_mrelease process_vm_readv process_vm_writev profil program_invocation_name
program_invocation_short_name protoent pselect psiginfo psignal pthread_attr_destroy
pthread_attr_getaffinity_np pthread_attr_getdetachstate pthread_attr_getguardsize
pthread_attr_getinheritsched pthread_attr_getschedparam pthread_attr_getschedpolicy
pthread_attr_getscope pthread_attr_getsigmask_np pthread_attr_getstack pthread_attr_getstackaddr
pthread_attr_getstacksize pthread_attr_init pthread_attr_setaffinity_np pthread_attr_setdetachstate
pthread_attr_setguardsize pthread_attr_setinheritsched pthread_attr_setschedparam
pthread_attr_setschedpolicy pthread_attr_setscope pthread_attr_setsigmask_np pthread_attr_setstack
pthread_attr_setstackaddr pthread_attr_setstacksize pthread_attr_t pthread_barrier_destroy
pthread_barrier_init pthread_barrier_t pthread_barrier_wait pthread_barrierattr_destroy
pthread_barrierattr_getpshared pthread_barrierattr_init pthread_barrierattr_setpshared
pthread_barrierattr_t pthread_cancel pthread_clockjoin_np pthread_cond_broadcast
pthread_cond_clockwait pthread_cond_destroy pthread_cond_init pthread_cond_signal pthread_cond_t
pthread_cond_timedwait pthread_cond_wait pthread_condattr_destroy pthread_condattr_getclock
pthread_condattr_getpshared pthread_condattr_init pthread_condattr_setclock
pthread_condattr_setpshared pthread_condattr_t pthread_create pthread_detach pthread_equal
pthread_exit pthread_getaffinity_np pthread_getattr_default_np pthread_getattr_np
pthread_getconcurrency pthread_getcpuclockid pthread_getname_np pthread_getschedparam
pthread_getspecific pthread_jit_write_protect_np pthread_join pthread_key_create pthread_key_delete
pthread_key_t pthread_kill pthread_mutex_clocklock pthread_mutex_consistent pthread_mutex_destroy
pthread_mutex_getprioceiling pthread_mutex_init pthread_mutex_lock pthread_mutex_setprioceiling
pthread_mutex_t pthread_mutex_timedlock pthread_mutex_trylock pthread_mutex_unlock
pthread_mutexattr_destroy pthread_mutexattr_getprioceiling pthread_mutexattr_getprotocol
pthread_mutexattr_getpshared pthread_mutexattr_getrobust pthread_mutexattr_gettype
pthread_mutexattr_init pthread_mutexattr_setprioceiling pthread_mutexattr_setprotocol
pthread_mutexattr_setpshared pthread_mutexattr_setrobust pthread_mutexattr_settype
pthread_mutexattr_t pthread_once pthread_once_t pthread_rwlock_clockrdlock
pthread_rwlock_clockwrlock pthread_rwlock_destroy pthread_rwlock_init pthread_rwlock_rdlock
pthread_rwlock_t pthread_rwlock_timedrdlock pthread_rwlock_timedwrlock pthread_rwlock_tryrdlock
pthread_rwlock_trywrlock pthread_rwlock_unlock pthread_rwlock_wrlock pthread_rwlockattr_destroy
pthread_rwlockattr_getkind_np pthread_rwlockattr_getpshared pthread_rwlockattr_init
pthread_rwlockattr_setkind_np pthread_rwlockattr_setpshared pthread_rwlockattr_t pthread_self
pthread_setaffinity_np pthread_setattr_default_np pthread_setcancelstate pthread_setcanceltype
pthread_setconcurrency pthread_setname_np pthread_setschedparam pthread_setschedprio
pthread_setspecific pthread_sigmask pthread_sigqueue pthread_spin_destroy pthread_spin_init
pthread_spin_lock pthread_spin_trylock pthread_spin_unlock pthread_spinlock_t pthread_t
pthread_testcancel pthread_timedjoin_np pthread_tryjoin_np ptrace ptrdiff_t ptsname ptsname_r putc
putc_unlocked putch putchar putchar_unlocked putenv putgrent putpwent puts puts_unlocked putsgent
putspent pututline pututxline putw putwc putwc_unlocked putwchar putwchar_unlocked pvalloc pwrite
pwrite64 pwritev pwritev2 pwritev64 pwritev64v2 qecvt qecvt_r qfcvt qfcvt_r qgcvt qsort qsort_b
qsort_r qsort_s quad_t quick_exit quotactl radixsort raise rand rand_r rand_s random random_data
random_r rawmemchr rcmd rcmd_af re_comp re_compile_fastmap re_compile_pattern re_dfa_t re_exec
re_match re_match_2 re_max_failures re_search re_search_2 re_set_registers re_set_syntax
re_syntax_options read readahead readdir readdir64 readdir64_r readdir_r readlink readlinkat readv
realloc reallocarray reallocf realpath reboot recv recvfrom recvmmsg recvmsg reg_errcode_t
reg_syntax_t regcomp regerror regex_t regexec regfree register_printf_function
register_printf_modifier register_printf_specifier register_printf_type register_t regmatch_t
regoff_t remainder remainderf remainderf128 remainderf32 remainderf32x remainderf64 remainderf64x
remainderl remap_file_pages remove removexattr remque remquo remquof remquof128 remquof32 remquof32x
remquof64 remquof64x remquol rename renameat renameat2 res_dnok res_hnok res_mailok res_mkquery
res_nmkquery res_nquery res_nquerydomain res_nsearch res_nsend res_ownok res_query res_querydomain
res_search res_send revoke rewind rewinddir rexec rexec_af rexecoptions rindex rint rintf rintf128
rintf16 rintf32 rintf32x rintf64 rintf64x rintl rlim64_t rlim_t rlimit rmdir rmtmp rootn round
roundeven roundevenf roundevenf128 roundevenf16 roundevenf32 roundevenf32x roundevenf64
roundevenf64x roundevenl roundf roundf128 roundf16 roundf32 roundf32x roundf64 roundf64x roundl
rpmatch rresvport rresvport_af rsqrt rusage ruserok ruserok_af ruserpass s_reg_t sa_family_t sbrk
scalb scalbf scalbl scalbln scalblnf scalblnf128 scalblnf32 scalblnf32x scalblnf64 scalblnf64x
scalblnl scalbn scalbnf scalbnf128 scalbnf32 scalbnf32x scalbnf64 scalbnf64x scalbnl scandir
scandir64 scandirat scandirat64 scanf scanf_s sched_get_priority_max sched_get_priority_min
sched_getaffinity sched_getcpu sched_getparam sched_getscheduler sched_param sched_rr_get_interval
sched_setaffinity sched_setparam sched_setscheduler sched_yield searchenv secure_getenv seed48
seed48_r seekdir select sem_clockwait sem_close sem_destroy sem_getvalue sem_init sem_open sem_post
sem_t sem_timedwait sem_trywait sem_unlink sem_wait semctl semget semop semtimedop send sendfile
sendfile64 sendmmsg sendmsg sendto servent set_terminate set_unexpected setaliasent setbuf setbuffer
setcontext setdomainname setegid setenv seteuid setfsent setfsgid setfsuid setgid setgrent setgroups
sethostent sethostid sethostname setipv4sourcefilter setitimer setjmp setlinebuf setlocale setlogin
setlogmask setmntent setmode setnetent setnetgrent setns setpayload setpayloadf setpayloadf128
setpayloadf32 setpayloadf32x setpayloadf64 setpayloadf64x setpayloadl setpayloadsig setpayloadsigf
setpayloadsigf128 setpayloadsigf32 setpayloadsigf32x setpayloadsigf64 setpayloadsigf64x
setpayloadsigl setpgid setpgrp setpriority setprogname setprotoent setpwent setregid setresgid
setresuid setreuid setrlimit setrlimit64 setrpcent setservent setsgent setsid setsockopt
setsourcefilter setspent setstate setstate_r settimeofday setttyent setuid setusershell setutent
setutxent setvbuf setxattr sgetsgent sgetsgent_r sgetspent sgetspent_r shm_open shm_unlink shmat
shmatt_t shmctl shmdt shmget shutdown sig_atomic_t sig_t sigabbrev_np sigaction sigaddset
sigaltstack sigandset sigblock sigdelset sigdescr_np sigemptyset sigevent sigevent_t sigfillset
siggetmask sighandler_t sighold sigignore siginfo siginfo_t siginterrupt sigisemptyset sigismember
siglongjmp signal signalfd signbitd128 signbitd32 signbitd64 signbitf signbitl signgam significand
significandf significandl sigorset sigpause sigpending sigprocmask sigqueue sigrelse sigreturn
sigset sigset_t sigsetmask sigstack sigsuspend sigtimedwait sigval sigval_t sigwait sigwaitinfo sin
sincos sincosf sincosf128 sincosf32 sincosf32x sincosf64 sincosf64x sincosl sinf sinf128 sinf32
sinf32x sinf64 sinf64x sinh sinhf sinhf128 sinhf32 sinhf32x sinhf64 sinhf64x sinhl sinl sinpi size_t
sleep snprintf snwprintf sockaddr sockaddr_in sockaddr_in6 sockaddr_un sockatmark socket socketpair
socklen_t sopen spawnl spawnle spawnlp spawnlpe spawnv spawnve spawnvp spawnvpe speed_t splice
sprintf sprintf_s sprofil spwd sqrt sqrtf sqrtf128 sqrtf16 sqrtf32 sqrtf32x sqrtf64 sqrtf64x sqrtl
sradixsort srand srand48 srand48_r srandom srandom_r sscanf sscanf_s ssignal ssize_t stack_t stat
stat64 statfs statfs64 statvfs statvfs64 statx stderr stdin stdout stpcpy stpncpy strcasecmp
strcasecmp_l strcasestr strcat strcat_s strchr strchrnul strcmp strcmpi strcoll strcoll_l strcpy
strcpy_s strcspn strdup strerror strerror_l strerror_r strerror_s strerrordesc_np strerrorname_np
strfmon strfmon_l strfromd strfromd128 strfromf strfromf128 strfromf32 strfromf32x strfromf64
strfromf64x strfroml strfry strftime strftime_l stricmp stricoll strlcat strlcpy strlen strlwr
strmode strncasecmp strncasecmp_l strncat strncat_s strncmp strncpy strncpy_s strndup strnicmp
strnlen strnset strnstr strpbrk strptime strptime_l strrchr strrev strsep strset strsignal strspn
strstr strtod strtod_l strtof strtof128 strtof128_l strtof32 strtof32_l strtof32x strtof32x_l
strtof64 strtof64_l strtof64x strtof64x_l strtof_l strtoimax strtok strtok_r strtok_s strtol
strtol_l strtold strtold_l strtoll strtoll_l strtonum strtoq strtoul strtoul_l strtoull strtoull_l
strtoumax strtouq strupr strverscmp strxfrm strxfrm_l stty suseconds_t swab swapcontext swapoff
swapon swprintf swprintf_s swscanf swscanf_s symlink symlinkat sync sync_file_range syncfs syscall
sysconf sysctl sysctlbyname sysctlnametomib sysinfo syslog system sysv_signal tan tanf tanf128
tanf32 tanf32x tanf64 tanf64x tanh tanhf tanhf128 tanhf32 tanhf32x tanhf64 tanhf64x tanhl tanl tanpi
task_self_ tcdrain tcflag_t tcflow tcflush tcgetattr tcgetpgrp tcgetsid tcsendbreak tcsetattr
tcsetpgrp tdelete tdestroy tee tell telldir tempnam terminate termios textdomain tfind tgamma
tgammaf tgammaf128 tgammaf32 tgammaf32x tgammaf64 tgammaf64x tgammal tgkill thrd_create thrd_current
thrd_detach thrd_equal thrd_exit thrd_join thrd_sleep thrd_start_t thrd_t thrd_yield time time_t
timegm timelocal timer_create timer_delete timer_getoverrun timer_gettime timer_settime timer_t
timerfd_create timerfd_gettime timerfd_settime times timespec timespec_get timespec_getres timeval
timezone tm tmpfile tmpfile64 tmpfile_s tmpnam tmpnam_r tmpnam_s tms toascii tolower tolower_l
totalorder totalorderf totalorderf128 totalorderf32 totalorderf32x totalorderf64 totalorderf64x
totalorderl totalordermag totalordermagf totalordermagf128 totalordermagf32 totalordermagf32x
totalordermagf64 totalordermagf64x totalordermagl toupper toupper_l towctrans towctrans_l towlower
towlower_l towupper towupper_l trunc truncate truncate64 truncf truncf128 truncf16 truncf32
truncf32x truncf64 truncf64x truncl tsearch tss_create tss_delete tss_dtor_t tss_get tss_set tss_t
ttyname ttyname_r ttyslot twalk twalk_r tzname tzset u_char u_int u_int16_t u_int32_t u_int64_t
u_int8_t u_long u_quad_t u_short ualarm ucontext ucontext_t ufromfp ufromfpf ufromfpf128 ufromfpf32
ufromfpf32x ufromfpf64 ufromfpf64x ufromfpl ufromfpx ufromfpxf ufromfpxf128 ufromfpxf32 ufromfpxf32x
ufromfpxf64 ufromfpxf64x ufromfpxl uid_t uint uint16_t uint32_t uint64_t uint8_t uint_fast16_t
uint_fast32_t uint_fast64_t uint_fast8_t uint_least16_t uint_least32_t uint_least64_t uint_least8_t
uintmax_t uintptr_t ulckpwdf ulimit ulong umask umount umount2 uname unexpected ungetc ungetch
ungetwc unlink unlinkat unlockpt unsetenv unshare updwtmp updwtmpx useconds_t uselocale ushort
usleep utimbuf utime utimensat utimes utmpname utmpxname utsname va_list valloc vasprintf vdprintf
verr verrx versionsort versionsort64 vfork vfprintf vfprintf_s vfscanf vfwprintf vfwprintf_s
vfwscanf vhangup vlimit vmsplice vprintf vprintf_s vscanf vsnprintf vsnprintf_s vsnwprintf vsprintf
vsprintf_s vsscanf vswprintf vswprintf_s vswscanf vsyslog vwarn vwarnx vwprintf vwprintf_s vwscanf
wait wait3 wait4 waitid waitpid warn warnx wchar_t wcpcpy wcpncpy wcrtomb wcrtomb_s wcscasecmp
wcscasecmp_l wcscat wcscat_s wcschr wcschrnul wcscmp wcscmpi wcscoll wcscoll_l wcscpy wcscpy_s
wcscspn wcsdup wcsftime wcsftime_l wcsicmp wcsicoll wcslcat wcslcpy wcslen wcslwr wcsncasecmp
wcsncasecmp_l wcsncat wcsncat_s wcsncmp wcsncpy wcsncpy_s wcsnicmp wcsnlen wcsnrtombs wcsnset
wcspbrk wcsrchr wcsrev wcsrtombs wcsrtombs_s wcsset wcsspn wcsstr wcstod wcstod_l wcstof wcstof128
wcstof128_l wcstof32 wcstof32_l wcstof32x wcstof32x_l wcstof64 wcstof64_l wcstof64x wcstof64x_l
wcstof_l wcstoimax wcstok wcstok_s wcstol wcstol_l wcstold wcstold_l wcstoll wcstoll_l wcstombs
wcstombs_s wcstoq wcstoul wcstoul_l wcstoull wcstoull_l wcstoumax wcstouq wcsupr wcswcs wcswidth
wcsxfrm wcsxfrm_l wctob wctomb wctomb_s wctrans wctrans_l wctrans_t wctype wctype_l wctype_t wcwidth
winsize wint_t wmemchr wmemcmp wmemcpy wmemcpy_s wmemmove wmemmove_s wmempcpy wmemset wordexp
wordexp_t wordfree wpopen wprintf wprintf_s write writev wscanf wscanf_s y0 y0f y0f128 y0f32 y0f32x
y0f64 y0f64x y0l y1 y1f y1f128 y1f32 y1f32x y1f64 y1f64x y1l yn ynf ynf128 ynf32 ynf32x ynf64 ynf64x
ynl zopen
)";

/// Macros of compilers and of system headers.
inline constexpr char macros[] = R"(
ABDAY_1 ABDAY_2 ABDAY_3 ABDAY_4 ABDAY_5 ABDAY_6 ABDAY_7 ABMON_1 ABMON_10 ABMON_11 ABMON_12 ABMON_2
ABMON_3 ABMON_4 ABMON_5 ABMON_6 ABMON_7 ABMON_8 ABMON_9 ACCESSPERMS ADJ_ESTERROR ADJ_FREQUENCY
ADJ_MAXERROR ADJ_MICRO ADJ_NANO ADJ_OFFSET ADJ_OFFSET_SINGLESHOT ADJ_OFFSET_SS_READ ADJ_SETOFFSET
ADJ_STATUS ADJ_TAI ADJ_TICK ADJ_TIMECONST AF_ALG AF_APPLETALK AF_ASH AF_ATMPVC AF_ATMSVC AF_AX25
AF_BLUETOOTH AF_BRIDGE AF_CAIF AF_CAN AF_DECnet AF_ECONET AF_FILE AF_IB AF_IEEE802154 AF_INET
AF_INET6 AF_IPX AF_IRDA AF_ISDN AF_IUCV AF_KCM AF_KEY AF_LLC AF_LOCAL AF_MAX AF_MCTP AF_MPLS
AF_NETBEUI AF_NETLINK AF_NETROM AF_NFC AF_PACKET AF_PHONET AF_PPPOX AF_QIPCRTR AF_RDS AF_ROSE
AF_ROUTE AF_RXRPC AF_SECURITY AF_SMC AF_SNA AF_TIPC AF_UNIX AF_UNSPEC AF_VSOCK AF_WANPIPE AF_X25
AF_XDP AIO_ALLDONE AIO_CANCELED AIO_NOTCANCELED AIO_PRIO_DELTA_MAX AI_ADDRCONFIG AI_ALL AI_CANONIDN
AI_CANONNAME AI_IDN AI_IDN_ALLOW_UNASSIGNED AI_IDN_USE_STD3_ASCII_RULES AI_NUMERICHOST
AI_NUMERICSERV AI_PASSIVE AI_V4MAPPED ALLPERMS ALTMON_1 ALTMON_10 ALTMON_11 ALTMON_12 ALTMON_2
ALTMON_3 ALTMON_4 ALTMON_5 ALTMON_6 ALTMON_7 ALTMON_8 ALTMON_9 ALT_DIGITS AM_STR ANDROID
ATOMIC_BOOL_LOCK_FREE ATOMIC_CHAR16_T_LOCK_FREE ATOMIC_CHAR32_T_LOCK_FREE ATOMIC_CHAR8_T_LOCK_FREE
ATOMIC_CHAR_LOCK_FREE ATOMIC_FLAG_INIT ATOMIC_INT_LOCK_FREE ATOMIC_LLONG_LOCK_FREE
ATOMIC_LONG_LOCK_FREE ATOMIC_POINTER_LOCK_FREE ATOMIC_SHORT_LOCK_FREE ATOMIC_VAR_INIT
ATOMIC_WCHAR_T_LOCK_FREE AT_EACCESS AT_EMPTY_PATH AT_FDCWD AT_NO_AUTOMOUNT AT_RECURSIVE AT_REMOVEDIR
AT_STATX_DONT_SYNC AT_STATX_FORCE_SYNC AT_STATX_SYNC_AS_STAT AT_STATX_SYNC_TYPE AT_SYMLINK_FOLLOW
AT_SYMLINK_NOFOLLOW B0 B1000000 B110 B115200 B1152000 B1200 B134 B150 B1500000 B1800 B19200 B200
B2000000 B230400 B2400 B2500000 B300 B3000000 B3500000 B38400 B4000000 B460800 B4800 B50 B500000
B57600 B576000 B600 B75 B921600 B9600 BC_BASE_MAX BC_DIM_MAX BC_SCALE_MAX BC_STRING_MAX BIG_ENDIAN
BOOL BOOL_MAX BOOL_WIDTH BRKINT BS0 BS1 BSDLY BUFSIZ BUS_ADRALN BUS_ADRERR BUS_MCEERR_AO
BUS_MCEERR_AR BUS_OBJERR BYTE BYTE_ORDER CALLBACK CBAUD CBAUDEX CBRK CCEQ CDISCARD CDSUSP CEOF CEOL
CEOT CERASE CFLUSH CHARCLASS_NAME_MAX CHAR_BIT CHAR_MAX CHAR_MIN CHAR_WIDTH CIBAUD CINTR CKILL
CLD_CONTINUED CLD_DUMPED CLD_EXITED CLD_KILLED CLD_STOPPED CLD_TRAPPED CLNEXT CLOCAL CLOCKS_PER_SEC
CLOCK_BOOTTIME CLOCK_BOOTTIME_ALARM CLOCK_MONOTONIC CLOCK_MONOTONIC_COARSE CLOCK_MONOTONIC_RAW
CLOCK_PROCESS_CPUTIME_ID CLOCK_REALTIME CLOCK_REALTIME_ALARM CLOCK_REALTIME_COARSE CLOCK_TAI
CLOCK_THREAD_CPUTIME_ID CLONE_CHILD_CLEARTID CLONE_CHILD_SETTID CLONE_DETACHED CLONE_FILES CLONE_FS
CLONE_IO CLONE_NEWCGROUP CLONE_NEWIPC CLONE_NEWNET CLONE_NEWNS CLONE_NEWPID CLONE_NEWTIME
CLONE_NEWUSER CLONE_NEWUTS CLONE_PARENT CLONE_PARENT_SETTID CLONE_PIDFD CLONE_PTRACE CLONE_SETTLS
CLONE_SIGHAND CLONE_SYSVSEM CLONE_THREAD CLONE_UNTRACED CLONE_VFORK CLONE_VM CLOSE_RANGE_CLOEXEC
CLOSE_RANGE_UNSHARE CMIN CMPLX CMPLXF CMPLXF128 CMPLXF32 CMPLXF32X CMPLXF64 CMPLXF64X CMPLXL
CMSG_ALIGN CMSG_DATA CMSG_FIRSTHDR CMSG_LEN CMSG_NXTHDR CMSG_SPACE CMSPAR CODESET COLL_WEIGHTS_MAX
CONST CPU_ALLOC CPU_ALLOC_SIZE CPU_AND CPU_AND_S CPU_CLR CPU_CLR_S CPU_COUNT CPU_COUNT_S CPU_EQUAL
CPU_EQUAL_S CPU_FREE CPU_ISSET CPU_ISSET_S CPU_OR CPU_OR_S CPU_SET CPU_SETSIZE CPU_SET_S CPU_XOR
CPU_XOR_S CPU_ZERO CPU_ZERO_S CQUIT CR0 CR1 CR2 CR3 CRDLY CREAD CREPRINT CRNCYSTR CRPRNT CRTSCTS CS5
CS6 CS7 CS8 CSIGNAL CSIZE CSTART CSTATUS CSTOP CSTOPB CSUSP CTIME CTRL CURRENCY_SYMBOL CWERASE DAY_1
DAY_2 DAY_3 DAY_4 DAY_5 DAY_6 DAY_7 DBL_DECIMAL_DIG DBL_DIG DBL_EPSILON DBL_HAS_SUBNORM DBL_MANT_DIG
DBL_MAX DBL_MAX_10_EXP DBL_MAX_EXP DBL_MIN DBL_MIN_10_EXP DBL_MIN_EXP DBL_TRUE_MIN DECIMAL_DIG
DECIMAL_POINT DEFFILEMODE DELAYTIMER_MAX DELETE DLFO_EH_SEGMENT_TYPE DLFO_STRUCT_HAS_EH_COUNT
DLFO_STRUCT_HAS_EH_DBASE DL_CALL_FCT DN_ACCESS DN_ATTRIB DN_CREATE DN_DELETE DN_MODIFY DN_MULTISHOT
DN_RENAME DTTOIF DT_BLK DT_CHR DT_DIR DT_FIFO DT_LNK DT_REG DT_SOCK DT_UNKNOWN DT_WHT DWORD D_FMT
D_T_FMT E2BIG EACCES EADDRINUSE EADDRNOTAVAIL EADV EAFNOSUPPORT EAGAIN EAI_ADDRFAMILY EAI_AGAIN
EAI_ALLDONE EAI_BADFLAGS EAI_CANCELED EAI_FAIL EAI_FAMILY EAI_IDN_ENCODE EAI_INPROGRESS EAI_INTR
EAI_MEMORY EAI_NODATA EAI_NONAME EAI_NOTCANCELED EAI_OVERFLOW EAI_SERVICE EAI_SOCKTYPE EAI_SYSTEM
EALREADY EBADE EBADF EBADFD EBADMSG EBADR EBADRQC EBADSLT EBFONT EBUSY ECANCELED ECHILD ECHO ECHOCTL
ECHOE ECHOK ECHOKE ECHONL ECHOPRT ECHRNG ECOMM ECONNABORTED ECONNREFUSED ECONNRESET EDEADLK
EDEADLOCK EDESTADDRREQ EDOM EDOTDOT EDQUOT EEXIST EFAULT EFBIG EHOSTDOWN EHOSTUNREACH EHWPOISON
EIDRM EILSEQ EINPROGRESS EINTR EINVAL EIO EISCONN EISDIR EISNAM EKEYEXPIRED EKEYREJECTED EKEYREVOKED
EL2HLT EL2NSYNC EL3HLT EL3RST ELIBACC ELIBBAD ELIBEXEC ELIBMAX ELIBSCN ELNRNG ELOOP EMEDIUMTYPE
EMFILE EMLINK EMSGSIZE EMULTIHOP ENAMETOOLONG ENAVAIL ENETDOWN ENETRESET ENETUNREACH ENFILE ENOANO
ENOBUFS ENOCSI ENODATA ENODEV ENOENT ENOEXEC ENOKEY ENOLCK ENOLINK ENOMEDIUM ENOMEM ENOMSG ENONET
ENOPKG ENOPROTOOPT ENOSPC ENOSR ENOSTR ENOSYS ENOTBLK ENOTCONN ENOTDIR ENOTEMPTY ENOTNAM
ENOTRECOVERABLE ENOTSOCK ENOTSUP ENOTTY ENOTUNIQ ENXIO EOF EOPNOTSUPP EOVERFLOW EOWNERDEAD EPERM
EPFNOSUPPORT EPIPE EPROTO EPROTONOSUPPORT EPROTOTYPE ERA ERANGE ERA_D_FMT ERA_D_T_FMT ERA_T_FMT
ERA_YEAR EREMCHG EREMOTE EREMOTEIO ERESTART ERFKILL EROFS ERROR ESHUTDOWN ESOCKTNOSUPPORT ESPIPE
ESRCH ESRMNT ESTALE ESTRPIPE ETIME ETIMEDOUT ETOOMANYREFS ETXTBSY EUCLEAN EUNATCH EUSERS EWOULDBLOCK
EXDEV EXFULL EXIT_FAILURE EXIT_SUCCESS EXPR_NEST_MAX EXTA EXTB EXTPROC FALLOC_FL_COLLAPSE_RANGE
FALLOC_FL_INSERT_RANGE FALLOC_FL_KEEP_SIZE FALLOC_FL_NO_HIDE_STALE FALLOC_FL_PUNCH_HOLE
FALLOC_FL_UNSHARE_RANGE FALLOC_FL_ZERO_RANGE FALSE FAPPEND FAR FASYNC FD_CLOEXEC FD_CLR FD_ISSET
FD_SET FD_SETSIZE FD_ZERO FE_ALL_EXCEPT FE_DFL_ENV FE_DFL_MODE FE_DIVBYZERO FE_DOWNWARD FE_INEXACT
FE_INVALID FE_NOMASK_ENV FE_OVERFLOW FE_TONEAREST FE_TOWARDZERO FE_UNDERFLOW FE_UPWARD FF0 FF1 FFDLY
FFSYNC FILENAME_MAX FIOGETOWN FIOSETOWN FLT_DECIMAL_DIG FLT_DIG FLT_EPSILON FLT_EVAL_METHOD
FLT_HAS_SUBNORM FLT_MANT_DIG FLT_MAX FLT_MAX_10_EXP FLT_MAX_EXP FLT_MIN FLT_MIN_10_EXP FLT_MIN_EXP
FLT_RADIX FLT_ROUNDS FLT_TRUE_MIN FLUSHO FNDELAY FNM_CASEFOLD FNM_EXTMATCH FNM_FILE_NAME
FNM_LEADING_DIR FNM_NOESCAPE FNM_NOMATCH FNM_NOSYS FNM_PATHNAME FNM_PERIOD FNONBLOCK FOPEN_MAX
FPE_CONDTRAP FPE_FLTDIV FPE_FLTINV FPE_FLTOVF FPE_FLTRES FPE_FLTSUB FPE_FLTUND FPE_FLTUNK FPE_INTDIV
FPE_INTOVF FP_ILOGB0 FP_ILOGBNAN FP_INFINITE FP_INT_DOWNWARD FP_INT_TONEAREST
FP_INT_TONEARESTFROMZERO FP_INT_TOWARDZERO FP_INT_UPWARD FP_LLOGB0 FP_LLOGBNAN FP_NAN FP_NORMAL
FP_SUBNORMAL FP_XSTATE_MAGIC1 FP_XSTATE_MAGIC2 FP_XSTATE_MAGIC2_SIZE FP_ZERO FRAC_DIGITS F_ADD_SEALS
F_DUPFD F_DUPFD_CLOEXEC F_EXLCK F_GETFD F_GETFL F_GETLEASE F_GETLK F_GETLK64 F_GETOWN F_GETOWN_EX
F_GETPIPE_SZ F_GETSIG F_GET_FILE_RW_HINT F_GET_RW_HINT F_GET_SEALS F_LOCK F_NOTIFY F_OFD_GETLK
F_OFD_SETLK F_OFD_SETLKW F_OK F_RDLCK F_SEAL_FUTURE_WRITE F_SEAL_GROW F_SEAL_SEAL F_SEAL_SHRINK
F_SEAL_WRITE F_SETFD F_SETFL F_SETLEASE F_SETLK F_SETLK64 F_SETLKW F_SETLKW64 F_SETOWN F_SETOWN_EX
F_SETPIPE_SZ F_SETSIG F_SET_FILE_RW_HINT F_SET_RW_HINT F_SHLCK F_TEST F_TLOCK F_ULOCK F_UNLCK
F_WRLCK GAI_NOWAIT GAI_WAIT GETALL GETNCNT GETPID GETVAL GETZCNT GLOB_ABEND GLOB_ABORTED
GLOB_ALTDIRFUNC GLOB_APPEND GLOB_BRACE GLOB_DOOFFS GLOB_ERR GLOB_MAGCHAR GLOB_MARK GLOB_NOCHECK
GLOB_NOESCAPE GLOB_NOMAGIC GLOB_NOMATCH GLOB_NOSORT GLOB_NOSPACE GLOB_NOSYS GLOB_ONLYDIR GLOB_PERIOD
GLOB_TILDE GLOB_TILDE_CHECK GROUPING GROUP_FILTER_SIZE HANDLE HOST_NAME_MAX HOST_NOT_FOUND HUGE_VAL
HUGE_VALF HUGE_VALL HUGE_VAL_F128 HUGE_VAL_F32 HUGE_VAL_F32X HUGE_VAL_F64 HUGE_VAL_F64X HUPCL I
ICANON ICRNL IEXTEN IFF_ALLMULTI IFF_AUTOMEDIA IFF_BROADCAST IFF_DEBUG IFF_DYNAMIC IFF_LOOPBACK
IFF_MASTER IFF_MULTICAST IFF_NOARP IFF_NOTRAILERS IFF_POINTOPOINT IFF_PORTSEL IFF_PROMISC
IFF_RUNNING IFF_SLAVE IFF_UP IFHWADDRLEN IFNAMSIZ IFTODT IF_NAMESIZE IGNBRK IGNCR IGNPAR
ILL_BADIADDR ILL_BADSTK ILL_COPROC ILL_ILLADR ILL_ILLOPC ILL_ILLOPN ILL_ILLTRP ILL_PRVOPC ILL_PRVREG
IMAXBEL IN IN6ADDR_ANY_INIT IN6ADDR_LOOPBACK_INIT IN6_ARE_ADDR_EQUAL IN6_IS_ADDR_LINKLOCAL
IN6_IS_ADDR_LOOPBACK IN6_IS_ADDR_MC_GLOBAL IN6_IS_ADDR_MC_LINKLOCAL IN6_IS_ADDR_MC_NODELOCAL
IN6_IS_ADDR_MC_ORGLOCAL IN6_IS_ADDR_MC_SITELOCAL IN6_IS_ADDR_MULTICAST IN6_IS_ADDR_SITELOCAL
IN6_IS_ADDR_UNSPECIFIED IN6_IS_ADDR_V4COMPAT IN6_IS_ADDR_V4MAPPED INADDR_ALLHOSTS_GROUP
INADDR_ALLRTRS_GROUP INADDR_ALLSNOOPERS_GROUP INADDR_ANY INADDR_BROADCAST INADDR_DUMMY
INADDR_LOOPBACK INADDR_MAX_LOCAL_GROUP INADDR_NONE INADDR_UNSPEC_GROUP INET6_ADDRSTRLEN
INET_ADDRSTRLEN INFINITY INLCR INPCK INT INT16_C INT16_MAX INT16_MIN INT16_WIDTH INT32_C INT32_MAX
INT32_MIN INT32_WIDTH INT64_C INT64_MAX INT64_MIN INT64_WIDTH INT8_C INT8_MAX INT8_MIN INT8_WIDTH
INTMAX_C INTMAX_MAX INTMAX_MIN INTMAX_WIDTH INTPTR_MAX INTPTR_MIN INTPTR_WIDTH INT_CURR_SYMBOL
INT_FAST16_MAX INT_FAST16_MIN INT_FAST16_WIDTH INT_FAST32_MAX INT_FAST32_MIN INT_FAST32_WIDTH
INT_FAST64_MAX INT_FAST64_MIN INT_FAST64_WIDTH INT_FAST8_MAX INT_FAST8_MIN INT_FAST8_WIDTH
INT_FRAC_DIGITS INT_LEAST16_MAX INT_LEAST16_MIN INT_LEAST16_WIDTH INT_LEAST32_MAX INT_LEAST32_MIN
INT_LEAST32_WIDTH INT_LEAST64_MAX INT_LEAST64_MIN INT_LEAST64_WIDTH INT_LEAST8_MAX INT_LEAST8_MIN
INT_LEAST8_WIDTH INT_MAX INT_MIN INT_N_CS_PRECEDES INT_N_SEP_BY_SPACE INT_N_SIGN_POSN
INT_P_CS_PRECEDES INT_P_SEP_BY_SPACE INT_P_SIGN_POSN INT_WIDTH IN_BADCLASS IN_CLASSA IN_CLASSA_HOST
IN_CLASSA_MAX IN_CLASSA_NET IN_CLASSA_NSHIFT IN_CLASSB IN_CLASSB_HOST IN_CLASSB_MAX IN_CLASSB_NET
IN_CLASSB_NSHIFT IN_CLASSC IN_CLASSC_HOST IN_CLASSC_NET IN_CLASSC_NSHIFT IN_CLASSD IN_EXPERIMENTAL
IN_LOOPBACKNET IN_MULTICAST IOV_MAX IPC_CREAT IPC_EXCL IPC_INFO IPC_NOWAIT IPC_PRIVATE IPC_RMID
IPC_SET IPC_STAT IPPORT_RESERVED IPPROTO_AH IPPROTO_BEETPH IPPROTO_COMP IPPROTO_DCCP IPPROTO_DSTOPTS
IPPROTO_EGP IPPROTO_ENCAP IPPROTO_ESP IPPROTO_ETHERNET IPPROTO_FRAGMENT IPPROTO_GRE IPPROTO_HOPOPTS
IPPROTO_ICMP IPPROTO_ICMPV6 IPPROTO_IDP IPPROTO_IGMP IPPROTO_IP IPPROTO_IPIP IPPROTO_IPV6 IPPROTO_MH
IPPROTO_MPLS IPPROTO_MPTCP IPPROTO_MTP IPPROTO_NONE IPPROTO_PIM IPPROTO_PUP IPPROTO_RAW
IPPROTO_ROUTING IPPROTO_RSVP IPPROTO_SCTP IPPROTO_TCP IPPROTO_TP IPPROTO_UDP IPPROTO_UDPLITE
IPV6_2292DSTOPTS IPV6_2292HOPLIMIT IPV6_2292HOPOPTS IPV6_2292PKTINFO IPV6_2292PKTOPTIONS
IPV6_2292RTHDR IPV6_ADDRFORM IPV6_ADDR_PREFERENCES IPV6_ADD_MEMBERSHIP IPV6_AUTHHDR
IPV6_AUTOFLOWLABEL IPV6_CHECKSUM IPV6_DONTFRAG IPV6_DROP_MEMBERSHIP IPV6_DSTOPTS IPV6_FREEBIND
IPV6_HDRINCL IPV6_HOPLIMIT IPV6_HOPOPTS IPV6_IPSEC_POLICY IPV6_JOIN_ANYCAST IPV6_JOIN_GROUP
IPV6_LEAVE_ANYCAST IPV6_LEAVE_GROUP IPV6_MINHOPCOUNT IPV6_MTU IPV6_MTU_DISCOVER IPV6_MULTICAST_ALL
IPV6_MULTICAST_HOPS IPV6_MULTICAST_IF IPV6_MULTICAST_LOOP IPV6_NEXTHOP IPV6_ORIGDSTADDR IPV6_PATHMTU
IPV6_PKTINFO IPV6_PMTUDISC_DO IPV6_PMTUDISC_DONT IPV6_PMTUDISC_INTERFACE IPV6_PMTUDISC_OMIT
IPV6_PMTUDISC_PROBE IPV6_PMTUDISC_WANT IPV6_RECVDSTOPTS IPV6_RECVERR IPV6_RECVERR_RFC4884
IPV6_RECVFRAGSIZE IPV6_RECVHOPLIMIT IPV6_RECVHOPOPTS IPV6_RECVORIGDSTADDR IPV6_RECVPATHMTU
IPV6_RECVPKTINFO IPV6_RECVRTHDR IPV6_RECVTCLASS IPV6_ROUTER_ALERT IPV6_ROUTER_ALERT_ISOLATE
IPV6_RTHDR IPV6_RTHDRDSTOPTS IPV6_RTHDR_LOOSE IPV6_RTHDR_STRICT IPV6_RTHDR_TYPE_0 IPV6_RXDSTOPTS
IPV6_RXHOPOPTS IPV6_TCLASS IPV6_TRANSPARENT IPV6_UNICAST_HOPS IPV6_UNICAST_IF IPV6_V6ONLY
IPV6_XFRM_POLICY IP_ADD_MEMBERSHIP IP_ADD_SOURCE_MEMBERSHIP IP_BIND_ADDRESS_NO_PORT IP_BLOCK_SOURCE
IP_CHECKSUM IP_DEFAULT_MULTICAST_LOOP IP_DEFAULT_MULTICAST_TTL IP_DROP_MEMBERSHIP
IP_DROP_SOURCE_MEMBERSHIP IP_FREEBIND IP_HDRINCL IP_IPSEC_POLICY IP_MAX_MEMBERSHIPS IP_MINTTL
IP_MSFILTER IP_MSFILTER_SIZE IP_MTU IP_MTU_DISCOVER IP_MULTICAST_ALL IP_MULTICAST_IF
IP_MULTICAST_LOOP IP_MULTICAST_TTL IP_NODEFRAG IP_OPTIONS IP_ORIGDSTADDR IP_PASSSEC IP_PKTINFO
IP_PKTOPTIONS IP_PMTUDISC IP_PMTUDISC_DO IP_PMTUDISC_DONT IP_PMTUDISC_INTERFACE IP_PMTUDISC_OMIT
IP_PMTUDISC_PROBE IP_PMTUDISC_WANT IP_RECVERR IP_RECVERR_RFC4884 IP_RECVFRAGSIZE IP_RECVOPTS
IP_RECVORIGDSTADDR IP_RECVRETOPTS IP_RECVTOS IP_RECVTTL IP_RETOPTS IP_ROUTER_ALERT IP_TOS
IP_TRANSPARENT IP_TTL IP_UNBLOCK_SOURCE IP_UNICAST_IF IP_XFRM_POLICY ISIG ISTRIP ITIMER_PROF
ITIMER_REAL ITIMER_VIRTUAL IUCLC IUTF8 IXANY IXOFF IXON LC_ADDRESS LC_ADDRESS_MASK LC_ALL
LC_ALL_MASK LC_COLLATE LC_COLLATE_MASK LC_CTYPE LC_CTYPE_MASK LC_GLOBAL_LOCALE LC_IDENTIFICATION
LC_IDENTIFICATION_MASK LC_MEASUREMENT LC_MEASUREMENT_MASK LC_MESSAGES LC_MESSAGES_MASK LC_MONETARY
LC_MONETARY_MASK LC_NAME LC_NAME_MASK LC_NUMERIC LC_NUMERIC_MASK LC_PAPER LC_PAPER_MASK LC_TELEPHONE
LC_TELEPHONE_MASK LC_TIME LC_TIME_MASK LDBL_DECIMAL_DIG LDBL_DIG LDBL_EPSILON LDBL_HAS_SUBNORM
LDBL_MANT_DIG LDBL_MAX LDBL_MAX_10_EXP LDBL_MAX_EXP LDBL_MIN LDBL_MIN_10_EXP LDBL_MIN_EXP
LDBL_TRUE_MIN LINE_MAX LIO_NOP LIO_NOWAIT LIO_READ LIO_WAIT LIO_WRITE LITTLE_ENDIAN LLONG_MAX
LLONG_MIN LLONG_WIDTH LM_ID_BASE LM_ID_NEWLM LOCK_EX LOCK_MAND LOCK_NB LOCK_READ LOCK_RW LOCK_SH
LOCK_UN LOCK_WRITE LOGIN_NAME_MAX LOG_ALERT LOG_AUTH LOG_AUTHPRIV LOG_CONS LOG_CRIT LOG_CRON
LOG_DAEMON LOG_DEBUG LOG_EMERG LOG_ERR LOG_FAC LOG_FACMASK LOG_FTP LOG_INFO LOG_KERN LOG_LOCAL0
LOG_LOCAL1 LOG_LOCAL2 LOG_LOCAL3 LOG_LOCAL4 LOG_LOCAL5 LOG_LOCAL6 LOG_LOCAL7 LOG_LPR LOG_MAIL
LOG_MAKEPRI LOG_MASK LOG_NDELAY LOG_NEWS LOG_NFACILITIES LOG_NOTICE LOG_NOWAIT LOG_ODELAY LOG_PERROR
LOG_PID LOG_PRI LOG_PRIMASK LOG_SYSLOG LOG_UPTO LOG_USER LOG_UUCP LOG_WARNING LONG LONG_BIT
LONG_LONG_MAX LONG_LONG_MIN LONG_MAX LONG_MIN LONG_WIDTH L_INCR L_SET L_XTND L_ctermid L_cuserid
L_tmpnam MADV_COLD MADV_DODUMP MADV_DOFORK MADV_DONTDUMP MADV_DONTFORK MADV_DONTNEED
MADV_DONTNEED_LOCKED MADV_FREE MADV_HUGEPAGE MADV_HWPOISON MADV_KEEPONFORK MADV_MERGEABLE
MADV_NOHUGEPAGE MADV_NORMAL MADV_PAGEOUT MADV_POPULATE_READ MADV_POPULATE_WRITE MADV_RANDOM
MADV_REMOVE MADV_SEQUENTIAL MADV_UNMERGEABLE MADV_WILLNEED MADV_WIPEONFORK MAP_32BIT MAP_ANON
MAP_ANONYMOUS MAP_DENYWRITE MAP_EXECUTABLE MAP_FAILED MAP_FILE MAP_FIXED MAP_FIXED_NOREPLACE
MAP_GROWSDOWN MAP_HUGETLB MAP_HUGE_MASK MAP_HUGE_SHIFT MAP_LOCKED MAP_NONBLOCK MAP_NORESERVE
MAP_POPULATE MAP_PRIVATE MAP_SHARED MAP_SHARED_VALIDATE MAP_STACK MAP_SYNC MAP_TYPE MATH_ERREXCEPT
MATH_ERRNO MAXFLOAT MAXNAMLEN MAX_CANON MAX_HANDLE_SZ MAX_INPUT MB_CUR_MAX MB_LEN_MAX
MCAST_BLOCK_SOURCE MCAST_EXCLUDE MCAST_INCLUDE MCAST_JOIN_GROUP MCAST_JOIN_SOURCE_GROUP
MCAST_LEAVE_GROUP MCAST_LEAVE_SOURCE_GROUP MCAST_MSFILTER MCAST_UNBLOCK_SOURCE MCL_CURRENT
MCL_FUTURE MCL_ONFAULT MFD_ALLOW_SEALING MFD_CLOEXEC MFD_HUGETLB MINSIGSTKSZ MLOCK_ONFAULT MOD_CLKA
MOD_CLKB MOD_ESTERROR MOD_FREQUENCY MOD_MAXERROR MOD_MICRO MOD_NANO MOD_OFFSET MOD_STATUS MOD_TAI
MOD_TIMECONST MON_1 MON_10 MON_11 MON_12 MON_2 MON_3 MON_4 MON_5 MON_6 MON_7 MON_8 MON_9
MON_DECIMAL_POINT MON_GROUPING MON_THOUSANDS_SEP MQ_PRIO_MAX MREMAP_DONTUNMAP MREMAP_FIXED
MREMAP_MAYMOVE MSDOS MSG_BATCH MSG_CMSG_CLOEXEC MSG_CONFIRM MSG_COPY MSG_CTRUNC MSG_DONTROUTE
MSG_DONTWAIT MSG_EOR MSG_ERRQUEUE MSG_EXCEPT MSG_FASTOPEN MSG_FIN MSG_INFO MSG_MORE MSG_NOERROR
MSG_NOSIGNAL MSG_OOB MSG_PEEK MSG_PROXY MSG_RST MSG_STAT MSG_STAT_ANY MSG_SYN MSG_TRUNC MSG_TRYHARD
MSG_WAITALL MSG_WAITFORONE MSG_ZEROCOPY MS_ASYNC MS_INVALIDATE MS_SYNC M_1_PI M_1_PIf M_1_PIf128
M_1_PIf32 M_1_PIf32x M_1_PIf64 M_1_PIf64x M_1_PIl M_2_PI M_2_PIf M_2_PIf128 M_2_PIf32 M_2_PIf32x
M_2_PIf64 M_2_PIf64x M_2_PIl M_2_SQRTPI M_2_SQRTPIf M_2_SQRTPIf128 M_2_SQRTPIf32 M_2_SQRTPIf32x
M_2_SQRTPIf64 M_2_SQRTPIf64x M_2_SQRTPIl M_ARENA_MAX M_ARENA_TEST M_CHECK_ACTION M_E M_Ef M_Ef128
M_Ef32 M_Ef32x M_Ef64 M_Ef64x M_El M_GRAIN M_KEEP M_LN10 M_LN10f M_LN10f128 M_LN10f32 M_LN10f32x
M_LN10f64 M_LN10f64x M_LN10l M_LN2 M_LN2f M_LN2f128 M_LN2f32 M_LN2f32x M_LN2f64 M_LN2f64x M_LN2l
M_LOG10E M_LOG10Ef M_LOG10Ef128 M_LOG10Ef32 M_LOG10Ef32x M_LOG10Ef64 M_LOG10Ef64x M_LOG10El M_LOG2E
M_LOG2Ef M_LOG2Ef128 M_LOG2Ef32 M_LOG2Ef32x M_LOG2Ef64 M_LOG2Ef64x M_LOG2El M_MMAP_MAX
M_MMAP_THRESHOLD M_MXFAST M_NLBLKS M_PERTURB M_PI M_PI_2 M_PI_2f M_PI_2f128 M_PI_2f32 M_PI_2f32x
M_PI_2f64 M_PI_2f64x M_PI_2l M_PI_4 M_PI_4f M_PI_4f128 M_PI_4f32 M_PI_4f32x M_PI_4f64 M_PI_4f64x
M_PI_4l M_PIf M_PIf128 M_PIf32 M_PIf32x M_PIf64 M_PIf64x M_PIl M_SQRT1_2 M_SQRT1_2f M_SQRT1_2f128
M_SQRT1_2f32 M_SQRT1_2f32x M_SQRT1_2f64 M_SQRT1_2f64x M_SQRT1_2l M_SQRT2 M_SQRT2f M_SQRT2f128
M_SQRT2f32 M_SQRT2f32x M_SQRT2f64 M_SQRT2f64x M_SQRT2l M_TOP_PAD M_TRIM_THRESHOLD NAME_MAX NAN NCCS
NDEBUG NEAR NEGATIVE_SIGN NETDB_INTERNAL NETDB_SUCCESS NFDBITS NGREG NGROUPS_MAX NI_DGRAM NI_IDN
NI_IDN_ALLOW_UNASSIGNED NI_IDN_USE_STD3_ASCII_RULES NI_MAXHOST NI_MAXSERV NI_NAMEREQD NI_NOFQDN
NI_NUMERICHOST NI_NUMERICSERV NL0 NL1 NLDLY NL_ARGMAX NL_CAT_LOCALE NL_LANGMAX NL_LOCALE_NAME
NL_MSGMAX NL_NMAX NL_SETD NL_SETMAX NL_TEXTMAX NO NOEXPR NOFLSH NOSTR NO_ADDRESS NO_DATA NO_RECOVERY
NSIG NSS_BUFLEN_GROUP NSS_BUFLEN_PASSWD NULL NZERO N_CS_PRECEDES N_SEP_BY_SPACE N_SIGN_POSN Nil
OCRNL OFDEL OFILL OLCUC ONCE_FLAG_INIT ONLCR ONLRET ONOCR OPOST OPTIONAL OUT O_ACCMODE O_APPEND
O_ASYNC O_CLOEXEC O_CREAT O_DIRECT O_DIRECTORY O_DSYNC O_EXCL O_FSYNC O_LARGEFILE O_NDELAY O_NOATIME
O_NOCTTY O_NOFOLLOW O_NONBLOCK O_PATH O_RDONLY O_RDWR O_RSYNC O_SYNC O_TMPFILE O_TRUNC O_WRONLY
PARENB PARMRK PARODD PASCAL PATH_MAX PDP_ENDIAN PENDIN PF_ALG PF_APPLETALK PF_ASH PF_ATMPVC
PF_ATMSVC PF_AX25 PF_BLUETOOTH PF_BRIDGE PF_CAIF PF_CAN PF_DECnet PF_ECONET PF_FILE PF_IB
PF_IEEE802154 PF_INET PF_INET6 PF_IPX PF_IRDA PF_ISDN PF_IUCV PF_KCM PF_KEY PF_LLC PF_LOCAL PF_MAX
PF_MCTP PF_MPLS PF_NETBEUI PF_NETLINK PF_NETROM PF_NFC PF_PACKET PF_PHONET PF_PPPOX PF_QIPCRTR
PF_RDS PF_ROSE PF_ROUTE PF_RXRPC PF_SECURITY PF_SMC PF_SNA PF_TIPC PF_UNIX PF_UNSPEC PF_VSOCK
PF_WANPIPE PF_X25 PF_XDP PIPE_BUF PKEY_DISABLE_ACCESS PKEY_DISABLE_WRITE PM_STR POLLERR POLLHUP
POLLIN POLLMSG POLLNVAL POLLOUT POLLPRI POLLRDBAND POLLRDHUP POLLRDNORM POLLREMOVE POLLWRBAND
POLLWRNORM POLL_ERR POLL_HUP POLL_IN POLL_MSG POLL_OUT POLL_PRI POSITIVE_SIGN POSIX_FADV_DONTNEED
POSIX_FADV_NOREUSE POSIX_FADV_NORMAL POSIX_FADV_RANDOM POSIX_FADV_SEQUENTIAL POSIX_FADV_WILLNEED
POSIX_MADV_DONTNEED POSIX_MADV_NORMAL POSIX_MADV_RANDOM POSIX_MADV_SEQUENTIAL POSIX_MADV_WILLNEED
POSIX_SPAWN_RESETIDS POSIX_SPAWN_SETPGROUP POSIX_SPAWN_SETSCHEDPARAM POSIX_SPAWN_SETSCHEDULER
POSIX_SPAWN_SETSID POSIX_SPAWN_SETSIGDEF POSIX_SPAWN_SETSIGMASK POSIX_SPAWN_USEVFORK PRIO_MAX
PRIO_MIN PRIO_PGRP PRIO_PROCESS PRIO_USER PRIX16 PRIX32 PRIX64 PRIX8 PRIXFAST16 PRIXFAST32
PRIXFAST64 PRIXFAST8 PRIXLEAST16 PRIXLEAST32 PRIXLEAST64 PRIXLEAST8 PRIXMAX PRIXPTR PRId16 PRId32
PRId64 PRId8 PRIdFAST16 PRIdFAST32 PRIdFAST64 PRIdFAST8 PRIdLEAST16 PRIdLEAST32 PRIdLEAST64
PRIdLEAST8 PRIdMAX PRIdPTR PRIi16 PRIi32 PRIi64 PRIi8 PRIiFAST16 PRIiFAST32 PRIiFAST64 PRIiFAST8
PRIiLEAST16 PRIiLEAST32 PRIiLEAST64 PRIiLEAST8 PRIiMAX PRIiPTR PRIo16 PRIo32 PRIo64 PRIo8 PRIoFAST16
PRIoFAST32 PRIoFAST64 PRIoFAST8 PRIoLEAST16 PRIoLEAST32 PRIoLEAST64 PRIoLEAST8 PRIoMAX PRIoPTR
PRIu16 PRIu32 PRIu64 PRIu8 PRIuFAST16 PRIuFAST32 PRIuFAST64 PRIuFAST8 PRIuLEAST16 PRIuLEAST32
PRIuLEAST64 PRIuLEAST8 PRIuMAX PRIuPTR PRIx16 PRIx32 PRIx64 PRIx8 PRIxFAST16 PRIxFAST32 PRIxFAST64
PRIxFAST8 PRIxLEAST16 PRIxLEAST32 PRIxLEAST64 PRIxLEAST8 PRIxMAX PRIxPTR PROT_EXEC PROT_GROWSDOWN
PROT_GROWSUP PROT_NONE PROT_READ PROT_WRITE PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP
PTHREAD_ATTR_NO_SIGMASK_NP PTHREAD_BARRIER_SERIAL_THREAD PTHREAD_CANCELED
PTHREAD_CANCEL_ASYNCHRONOUS PTHREAD_CANCEL_DEFERRED PTHREAD_CANCEL_DISABLE PTHREAD_CANCEL_ENABLE
PTHREAD_COND_INITIALIZER PTHREAD_CREATE_DETACHED PTHREAD_CREATE_JOINABLE
PTHREAD_DESTRUCTOR_ITERATIONS PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP PTHREAD_EXPLICIT_SCHED
PTHREAD_INHERIT_SCHED PTHREAD_KEYS_MAX PTHREAD_MUTEX_INITIALIZER PTHREAD_ONCE_INIT
PTHREAD_PROCESS_PRIVATE PTHREAD_PROCESS_SHARED PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP
PTHREAD_RWLOCK_INITIALIZER PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP PTHREAD_SCOPE_PROCESS
PTHREAD_SCOPE_SYSTEM PTHREAD_STACK_MIN PTRDIFF_MAX PTRDIFF_MIN PTRDIFF_WIDTH P_CS_PRECEDES
P_SEP_BY_SPACE P_SIGN_POSN P_tmpdir RADIXCHAR RAND_MAX REGS_FIXED REGS_REALLOCATE REGS_UNALLOCATED
REG_BADBR REG_BADPAT REG_BADRPT REG_CR2 REG_CSGSFS REG_EBRACE REG_EBRACK REG_ECOLLATE REG_ECTYPE
REG_EEND REG_EESCAPE REG_EFL REG_ENOSYS REG_EPAREN REG_ERANGE REG_ERPAREN REG_ERR REG_ESIZE
REG_ESPACE REG_ESUBREG REG_EXTENDED REG_ICASE REG_NEWLINE REG_NOERROR REG_NOMATCH REG_NOSUB
REG_NOTBOL REG_NOTEOL REG_OLDMASK REG_R10 REG_R11 REG_R12 REG_R13 REG_R14 REG_R15 REG_R8 REG_R9
REG_RAX REG_RBP REG_RBX REG_RCX REG_RDI REG_RDX REG_RIP REG_RSI REG_RSP REG_STARTEND REG_TRAPNO
RENAME_EXCHANGE RENAME_NOREPLACE RENAME_WHITEOUT RE_BACKSLASH_ESCAPE_IN_LISTS RE_BK_PLUS_QM
RE_CARET_ANCHORS_HERE RE_CHAR_CLASSES RE_CONTEXT_INDEP_ANCHORS RE_CONTEXT_INDEP_OPS
RE_CONTEXT_INVALID_DUP RE_CONTEXT_INVALID_OPS RE_DEBUG RE_DOT_NEWLINE RE_DOT_NOT_NULL RE_DUP_MAX
RE_HAT_LISTS_NOT_NEWLINE RE_ICASE RE_INTERVALS RE_INVALID_INTERVAL_ORD RE_LIMITED_OPS RE_NEWLINE_ALT
RE_NO_BK_BRACES RE_NO_BK_PARENS RE_NO_BK_REFS RE_NO_BK_VBAR RE_NO_EMPTY_RANGES RE_NO_GNU_OPS
RE_NO_POSIX_BACKTRACKING RE_NO_SUB RE_NREGS RE_SYNTAX_AWK RE_SYNTAX_ED RE_SYNTAX_EGREP
RE_SYNTAX_EMACS RE_SYNTAX_GNU_AWK RE_SYNTAX_GREP RE_SYNTAX_POSIX_AWK RE_SYNTAX_POSIX_BASIC
RE_SYNTAX_POSIX_EGREP RE_SYNTAX_POSIX_EXTENDED RE_SYNTAX_POSIX_MINIMAL_BASIC
RE_SYNTAX_POSIX_MINIMAL_EXTENDED RE_SYNTAX_SED RE_TRANSLATE_TYPE RE_UNMATCHED_RIGHT_PAREN_ORD
RLIM64_INFINITY RLIMIT_AS RLIMIT_CORE RLIMIT_CPU RLIMIT_DATA RLIMIT_FSIZE RLIMIT_LOCKS
RLIMIT_MEMLOCK RLIMIT_MSGQUEUE RLIMIT_NICE RLIMIT_NLIMITS RLIMIT_NOFILE RLIMIT_NPROC RLIMIT_OFILE
RLIMIT_RSS RLIMIT_RTPRIO RLIMIT_RTTIME RLIMIT_SIGPENDING RLIMIT_STACK RLIM_INFINITY RLIM_NLIMITS
RLIM_SAVED_CUR RLIM_SAVED_MAX RTLD_BINDING_MASK RTLD_DEEPBIND RTLD_DEFAULT RTLD_GLOBAL RTLD_LAZY
RTLD_LOCAL RTLD_NEXT RTLD_NODELETE RTLD_NOLOAD RTLD_NOW RTSIG_MAX RUSAGE_CHILDREN RUSAGE_LWP
RUSAGE_SELF RUSAGE_THREAD RWF_APPEND RWF_DSYNC RWF_HIPRI RWF_NOAPPEND RWF_NOWAIT RWF_SYNC
RWF_WRITE_LIFE_NOT_SET RWH_WRITE_LIFE_EXTREME RWH_WRITE_LIFE_LONG RWH_WRITE_LIFE_MEDIUM
RWH_WRITE_LIFE_NONE RWH_WRITE_LIFE_NOT_SET RWH_WRITE_LIFE_SHORT R_OK SA_INTERRUPT SA_NOCLDSTOP
SA_NOCLDWAIT SA_NODEFER SA_NOMASK SA_ONESHOT SA_ONSTACK SA_RESETHAND SA_RESTART SA_SIGINFO SA_STACK
SCHAR_MAX SCHAR_MIN SCHAR_WIDTH SCHED_BATCH SCHED_DEADLINE SCHED_FIFO SCHED_IDLE SCHED_ISO
SCHED_OTHER SCHED_RESET_ON_FORK SCHED_RR SCM_CREDENTIALS SCM_RIGHTS SCM_SRCRT SCM_TIMESTAMP
SCM_TIMESTAMPING SCM_TIMESTAMPING_OPT_STATS SCM_TIMESTAMPING_PKTINFO SCM_TIMESTAMPNS SCM_TXTIME
SCM_WIFI_STATUS SCNd16 SCNd32 SCNd64 SCNd8 SCNdFAST16 SCNdFAST32 SCNdFAST64 SCNdFAST8 SCNdLEAST16
SCNdLEAST32 SCNdLEAST64 SCNdLEAST8 SCNdMAX SCNdPTR SCNi16 SCNi32 SCNi64 SCNi8 SCNiFAST16 SCNiFAST32
SCNiFAST64 SCNiFAST8 SCNiLEAST16 SCNiLEAST32 SCNiLEAST64 SCNiLEAST8 SCNiMAX SCNiPTR SCNo16 SCNo32
SCNo64 SCNo8 SCNoFAST16 SCNoFAST32 SCNoFAST64 SCNoFAST8 SCNoLEAST16 SCNoLEAST32 SCNoLEAST64
SCNoLEAST8 SCNoMAX SCNoPTR SCNu16 SCNu32 SCNu64 SCNu8 SCNuFAST16 SCNuFAST32 SCNuFAST64 SCNuFAST8
SCNuLEAST16 SCNuLEAST32 SCNuLEAST64 SCNuLEAST8 SCNuMAX SCNuPTR SCNx16 SCNx32 SCNx64 SCNx8 SCNxFAST16
SCNxFAST32 SCNxFAST64 SCNxFAST8 SCNxLEAST16 SCNxLEAST32 SCNxLEAST64 SCNxLEAST8 SCNxMAX SCNxPTR
SCOPE_DELIMITER SEEK_CUR SEEK_DATA SEEK_END SEEK_HOLE SEEK_SET SEGV_ACCADI SEGV_ACCERR SEGV_ADIDERR
SEGV_ADIPERR SEGV_BNDERR SEGV_MAPERR SEGV_MTEAERR SEGV_MTESERR SEGV_PKUERR SEM_FAILED SEM_INFO
SEM_STAT SEM_STAT_ANY SEM_UNDO SEM_VALUE_MAX SETALL SETVAL SHMLBA SHM_DEST SHM_EXEC SHM_HUGETLB
SHM_INFO SHM_LOCK SHM_LOCKED SHM_NORESERVE SHM_R SHM_RDONLY SHM_REMAP SHM_RND SHM_STAT SHM_STAT_ANY
SHM_UNLOCK SHM_W SHORT SHRT_MAX SHRT_MIN SHRT_WIDTH SHUT_RD SHUT_RDWR SHUT_WR SIGABRT SIGALRM SIGBUS
SIGCHLD SIGCLD SIGCONT SIGEV_NONE SIGEV_SIGNAL SIGEV_THREAD SIGEV_THREAD_ID SIGFPE SIGHUP SIGILL
SIGINT SIGIO SIGIOT SIGKILL SIGPIPE SIGPOLL SIGPROF SIGPWR SIGQUIT SIGRTMAX SIGRTMIN SIGSEGV
SIGSTKFLT SIGSTKSZ SIGSTOP SIGSYS SIGTERM SIGTRAP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGUSR1 SIGUSR2
SIGVTALRM SIGWINCH SIGXCPU SIGXFSZ SIG_ATOMIC_MAX SIG_ATOMIC_MIN SIG_ATOMIC_WIDTH SIG_BLOCK SIG_DFL
SIG_ERR SIG_HOLD SIG_IGN SIG_SETMASK SIG_UNBLOCK SIOCATMARK SIOCGPGRP SIOCGSTAMPNS_OLD
SIOCGSTAMP_OLD SIOCSPGRP SIZE_MAX SIZE_WIDTH SI_ASYNCIO SI_ASYNCNL SI_DETHREAD SI_KERNEL SI_MESGQ
SI_QUEUE SI_SIGIO SI_TIMER SI_TKILL SI_USER SNAN SNANF SNANF128 SNANF32 SNANF32X SNANF64 SNANF64X
SNANL SOCK_CLOEXEC SOCK_DCCP SOCK_DGRAM SOCK_NONBLOCK SOCK_PACKET SOCK_RAW SOCK_RDM SOCK_SEQPACKET
SOCK_STREAM SOL_AAL SOL_ALG SOL_ATM SOL_BLUETOOTH SOL_CAIF SOL_DCCP SOL_DECNET SOL_ICMPV6 SOL_IP
SOL_IPV6 SOL_IRDA SOL_IUCV SOL_KCM SOL_LLC SOL_MCTP SOL_MPTCP SOL_NETBEUI SOL_NETLINK SOL_NFC
SOL_PACKET SOL_PNPIPE SOL_PPPOL2TP SOL_RAW SOL_RDS SOL_RXRPC SOL_SMC SOL_SOCKET SOL_TCP SOL_TIPC
SOL_TLS SOL_X25 SOL_XDP SOMAXCONN SO_ACCEPTCONN SO_ATTACH_BPF SO_ATTACH_FILTER
SO_ATTACH_REUSEPORT_CBPF SO_ATTACH_REUSEPORT_EBPF SO_BINDTODEVICE SO_BINDTOIFINDEX SO_BPF_EXTENSIONS
SO_BROADCAST SO_BSDCOMPAT SO_BUF_LOCK SO_BUSY_POLL SO_BUSY_POLL_BUDGET SO_CNX_ADVICE SO_COOKIE
SO_DEBUG SO_DETACH_BPF SO_DETACH_FILTER SO_DETACH_REUSEPORT_BPF SO_DOMAIN SO_DONTROUTE SO_ERROR
SO_GET_FILTER SO_INCOMING_CPU SO_INCOMING_NAPI_ID SO_KEEPALIVE SO_LINGER SO_LOCK_FILTER SO_MARK
SO_MAX_PACING_RATE SO_MEMINFO SO_NETNS_COOKIE SO_NOFCS SO_NO_CHECK SO_OOBINLINE SO_PASSCRED
SO_PASSSEC SO_PEEK_OFF SO_PEERCRED SO_PEERGROUPS SO_PEERNAME SO_PEERSEC SO_PREFER_BUSY_POLL
SO_PRIORITY SO_PROTOCOL SO_RCVBUF SO_RCVBUFFORCE SO_RCVLOWAT SO_RCVMARK SO_RCVTIMEO SO_RCVTIMEO_NEW
SO_RCVTIMEO_OLD SO_RESERVE_MEM SO_REUSEADDR SO_REUSEPORT SO_RXQ_OVFL SO_SECURITY_AUTHENTICATION
SO_SECURITY_ENCRYPTION_NETWORK SO_SECURITY_ENCRYPTION_TRANSPORT SO_SELECT_ERR_QUEUE SO_SNDBUF
SO_SNDBUFFORCE SO_SNDLOWAT SO_SNDTIMEO SO_SNDTIMEO_NEW SO_SNDTIMEO_OLD SO_TIMESTAMP SO_TIMESTAMPING
SO_TIMESTAMPING_NEW SO_TIMESTAMPING_OLD SO_TIMESTAMPNS SO_TIMESTAMPNS_NEW SO_TIMESTAMPNS_OLD
SO_TIMESTAMP_NEW SO_TIMESTAMP_OLD SO_TXREHASH SO_TXTIME SO_TYPE SO_WIFI_STATUS SO_ZEROCOPY
SPLICE_F_GIFT SPLICE_F_MORE SPLICE_F_MOVE SPLICE_F_NONBLOCK SSIZE_MAX SS_DISABLE SS_ONSTACK
STATX_ALL STATX_ATIME STATX_ATTR_APPEND STATX_ATTR_AUTOMOUNT STATX_ATTR_COMPRESSED STATX_ATTR_DAX
STATX_ATTR_ENCRYPTED STATX_ATTR_IMMUTABLE STATX_ATTR_MOUNT_ROOT STATX_ATTR_NODUMP STATX_ATTR_VERITY
STATX_BASIC_STATS STATX_BLOCKS STATX_BTIME STATX_CTIME STATX_DIOALIGN STATX_GID STATX_INO
STATX_MNT_ID STATX_MODE STATX_MTIME STATX_NLINK STATX_SIZE STATX_TYPE STATX_UID STATX__RESERVED
STA_CLK STA_CLOCKERR STA_DEL STA_FLL STA_FREQHOLD STA_INS STA_MODE STA_NANO STA_PLL STA_PPSERROR
STA_PPSFREQ STA_PPSJITTER STA_PPSSIGNAL STA_PPSTIME STA_PPSWANDER STA_RONLY STA_UNSYNC STDERR_FILENO
STDIN_FILENO STDOUT_FILENO STRICT ST_APPEND ST_IMMUTABLE ST_MANDLOCK ST_NOATIME ST_NODEV
ST_NODIRATIME ST_NOEXEC ST_NOSUID ST_RDONLY ST_RELATIME ST_SYNCHRONOUS ST_WRITE SUN_LEN
SYNC_FILE_RANGE_WAIT_AFTER SYNC_FILE_RANGE_WAIT_BEFORE SYNC_FILE_RANGE_WRITE
SYNC_FILE_RANGE_WRITE_AND_WAIT SYS_NMLN SYS__sysctl SYS_accept SYS_accept4 SYS_access SYS_acct
SYS_add_key SYS_adjtimex SYS_afs_syscall SYS_alarm SYS_arch_prctl SYS_bind SYS_bpf SYS_brk
SYS_capget SYS_capset SYS_chdir SYS_chmod SYS_chown SYS_chroot SYS_clock_adjtime SYS_clock_getres
SYS_clock_gettime SYS_clock_nanosleep SYS_clock_settime SYS_clone SYS_clone3 SYS_close
SYS_close_range SYS_connect SYS_copy_file_range SYS_creat SYS_create_module SYS_delete_module
SYS_dup SYS_dup2 SYS_dup3 SYS_epoll_create SYS_epoll_create1 SYS_epoll_ctl SYS_epoll_ctl_old
SYS_epoll_pwait SYS_epoll_pwait2 SYS_epoll_wait SYS_epoll_wait_old SYS_eventfd SYS_eventfd2
SYS_execve SYS_execveat SYS_exit SYS_exit_group SYS_faccessat SYS_faccessat2 SYS_fadvise64
SYS_fallocate SYS_fanotify_init SYS_fanotify_mark SYS_fchdir SYS_fchmod SYS_fchmodat SYS_fchown
SYS_fchownat SYS_fcntl SYS_fdatasync SYS_fgetxattr SYS_finit_module SYS_flistxattr SYS_flock
SYS_fork SYS_fremovexattr SYS_fsconfig SYS_fsetxattr SYS_fsmount SYS_fsopen SYS_fspick SYS_fstat
SYS_fstatfs SYS_fsync SYS_ftruncate SYS_futex SYS_futex_waitv SYS_futimesat SYS_get_kernel_syms
SYS_get_mempolicy SYS_get_robust_list SYS_get_thread_area SYS_getcpu SYS_getcwd SYS_getdents
SYS_getdents64 SYS_getegid SYS_geteuid SYS_getgid SYS_getgroups SYS_getitimer SYS_getpeername
SYS_getpgid SYS_getpgrp SYS_getpid SYS_getpmsg SYS_getppid SYS_getpriority SYS_getrandom
SYS_getresgid SYS_getresuid SYS_getrlimit SYS_getrusage SYS_getsid SYS_getsockname SYS_getsockopt
SYS_gettid SYS_gettimeofday SYS_getuid SYS_getxattr SYS_init_module SYS_inotify_add_watch
SYS_inotify_init SYS_inotify_init1 SYS_inotify_rm_watch SYS_io_cancel SYS_io_destroy
SYS_io_getevents SYS_io_pgetevents SYS_io_setup SYS_io_submit SYS_io_uring_enter
SYS_io_uring_register SYS_io_uring_setup SYS_ioctl SYS_ioperm SYS_iopl SYS_ioprio_get SYS_ioprio_set
SYS_kcmp SYS_kexec_file_load SYS_kexec_load SYS_keyctl SYS_kill SYS_landlock_add_rule
SYS_landlock_create_ruleset SYS_landlock_restrict_self SYS_lchown SYS_lgetxattr SYS_link SYS_linkat
SYS_listen SYS_listxattr SYS_llistxattr SYS_lookup_dcookie SYS_lremovexattr SYS_lseek SYS_lsetxattr
SYS_lstat SYS_madvise SYS_mbind SYS_membarrier SYS_memfd_create SYS_memfd_secret SYS_migrate_pages
SYS_mincore SYS_mkdir SYS_mkdirat SYS_mknod SYS_mknodat SYS_mlock SYS_mlock2 SYS_mlockall SYS_mmap
SYS_modify_ldt SYS_mount SYS_mount_setattr SYS_move_mount SYS_move_pages SYS_mprotect
SYS_mq_getsetattr SYS_mq_notify SYS_mq_open SYS_mq_timedreceive SYS_mq_timedsend SYS_mq_unlink
SYS_mremap SYS_msgctl SYS_msgget SYS_msgrcv SYS_msgsnd SYS_msync SYS_munlock SYS_munlockall
SYS_munmap SYS_name_to_handle_at SYS_nanosleep SYS_newfstatat SYS_nfsservctl SYS_open
SYS_open_by_handle_at SYS_open_tree SYS_openat SYS_openat2 SYS_pause SYS_perf_event_open
SYS_personality SYS_pidfd_getfd SYS_pidfd_open SYS_pidfd_send_signal SYS_pipe SYS_pipe2
SYS_pivot_root SYS_pkey_alloc SYS_pkey_free SYS_pkey_mprotect SYS_poll SYS_ppoll SYS_prctl
SYS_pread64 SYS_preadv SYS_preadv2 SYS_prlimit64 SYS_process_madvise SYS_process_mrelease
SYS_process_vm_readv SYS_process_vm_writev SYS_pselect6 SYS_ptrace SYS_putpmsg SYS_pwrite64
SYS_pwritev SYS_pwritev2 SYS_query_module SYS_quotactl SYS_quotactl_fd SYS_read SYS_readahead
SYS_readlink SYS_readlinkat SYS_readv SYS_reboot SYS_recvfrom SYS_recvmmsg SYS_recvmsg
SYS_remap_file_pages SYS_removexattr SYS_rename SYS_renameat SYS_renameat2 SYS_request_key
SYS_restart_syscall SYS_rmdir SYS_rseq SYS_rt_sigaction SYS_rt_sigpending SYS_rt_sigprocmask
SYS_rt_sigqueueinfo SYS_rt_sigreturn SYS_rt_sigsuspend SYS_rt_sigtimedwait SYS_rt_tgsigqueueinfo
SYS_sched_get_priority_max SYS_sched_get_priority_min SYS_sched_getaffinity SYS_sched_getattr
SYS_sched_getparam SYS_sched_getscheduler SYS_sched_rr_get_interval SYS_sched_setaffinity
SYS_sched_setattr SYS_sched_setparam SYS_sched_setscheduler SYS_sched_yield SYS_seccomp SYS_security
SYS_select SYS_semctl SYS_semget SYS_semop SYS_semtimedop SYS_sendfile SYS_sendmmsg SYS_sendmsg
SYS_sendto SYS_set_mempolicy SYS_set_mempolicy_home_node SYS_set_robust_list SYS_set_thread_area
SYS_set_tid_address SYS_setdomainname SYS_setfsgid SYS_setfsuid SYS_setgid SYS_setgroups
SYS_sethostname SYS_setitimer SYS_setns SYS_setpgid SYS_setpriority SYS_setregid SYS_setresgid
SYS_setresuid SYS_setreuid SYS_setrlimit SYS_setsid SYS_setsockopt SYS_settimeofday SYS_setuid
SYS_setxattr SYS_shmat SYS_shmctl SYS_shmdt SYS_shmget SYS_shutdown SYS_sigaltstack SYS_signalfd
SYS_signalfd4 SYS_socket SYS_socketpair SYS_splice SYS_stat SYS_statfs SYS_statx SYS_swapoff
SYS_swapon SYS_symlink SYS_symlinkat SYS_sync SYS_sync_file_range SYS_syncfs SYS_sysfs SYS_sysinfo
SYS_syslog SYS_tee SYS_tgkill SYS_time SYS_timer_create SYS_timer_delete SYS_timer_getoverrun
SYS_timer_gettime SYS_timer_settime SYS_timerfd_create SYS_timerfd_gettime SYS_timerfd_settime
SYS_times SYS_tkill SYS_truncate SYS_tuxcall SYS_umask SYS_umount2 SYS_uname SYS_unlink SYS_unlinkat
SYS_unshare SYS_uselib SYS_userfaultfd SYS_ustat SYS_utime SYS_utimensat SYS_utimes SYS_vfork
SYS_vhangup SYS_vmsplice SYS_vserver SYS_wait4 SYS_waitid SYS_write SYS_writev S_BLKSIZE S_IEXEC
S_IFBLK S_IFCHR S_IFDIR S_IFIFO S_IFLNK S_IFMT S_IFREG S_IFSOCK S_IREAD S_IRGRP S_IROTH S_IRUSR
S_IRWXG S_IRWXO S_IRWXU S_ISBLK S_ISCHR S_ISDIR S_ISFIFO S_ISGID S_ISLNK S_ISREG S_ISSOCK S_ISUID
S_ISVTX S_IWGRP S_IWOTH S_IWRITE S_IWUSR S_IXGRP S_IXOTH S_IXUSR S_TYPEISMQ S_TYPEISSEM S_TYPEISSHM
TAB0 TAB1 TAB2 TAB3 TABDLY TCIFLUSH TCIOFF TCIOFLUSH TCION TCOFLUSH TCOOFF TCOON TCPI_OPT_ECN
TCPI_OPT_ECN_SEEN TCPI_OPT_SACK TCPI_OPT_SYN_DATA TCPI_OPT_TIMESTAMPS TCPI_OPT_WSCALE TCPOLEN_MAXSEG
TCPOLEN_SACK_PERMITTED TCPOLEN_TIMESTAMP TCPOLEN_TSTAMP_APPA TCPOLEN_WINDOW TCPOPT_EOL TCPOPT_MAXSEG
TCPOPT_NOP TCPOPT_SACK TCPOPT_SACK_PERMITTED TCPOPT_TIMESTAMP TCPOPT_TSTAMP_HDR TCPOPT_WINDOW
TCP_CC_INFO TCP_CM_INQ TCP_CONGESTION TCP_COOKIE_IN_ALWAYS TCP_COOKIE_MAX TCP_COOKIE_MIN
TCP_COOKIE_OUT_NEVER TCP_COOKIE_PAIR_SIZE TCP_COOKIE_TRANSACTIONS TCP_CORK TCP_DEFER_ACCEPT
TCP_FASTOPEN TCP_FASTOPEN_CONNECT TCP_FASTOPEN_KEY TCP_FASTOPEN_NO_COOKIE TCP_INFO TCP_INQ
TCP_KEEPCNT TCP_KEEPIDLE TCP_KEEPINTVL TCP_LINGER2 TCP_MAXSEG TCP_MAXWIN TCP_MAX_WINSHIFT TCP_MD5SIG
TCP_MD5SIG_EXT TCP_MD5SIG_FLAG_PREFIX TCP_MD5SIG_MAXKEYLEN TCP_MSS TCP_MSS_DEFAULT TCP_MSS_DESIRED
TCP_NODELAY TCP_NOTSENT_LOWAT TCP_QUEUE_SEQ TCP_QUICKACK TCP_REPAIR TCP_REPAIR_OFF
TCP_REPAIR_OFF_NO_WP TCP_REPAIR_ON TCP_REPAIR_OPTIONS TCP_REPAIR_QUEUE TCP_REPAIR_WINDOW
TCP_SAVED_SYN TCP_SAVE_SYN TCP_SYNCNT TCP_S_DATA_IN TCP_S_DATA_OUT TCP_THIN_DUPACK
TCP_THIN_LINEAR_TIMEOUTS TCP_TIMESTAMP TCP_TX_DELAY TCP_ULP TCP_USER_TIMEOUT TCP_WINDOW_CLAMP
TCP_ZEROCOPY_RECEIVE TCSADRAIN TCSAFLUSH TCSANOW TEMP_FAILURE_RETRY THOUSANDS_SEP THOUSEP TH_ACK
TH_FIN TH_PUSH TH_RST TH_SYN TH_URG TIMER_ABSTIME TIMESPEC_TO_TIMEVAL TIMEVAL_TO_TIMESPEC TIME_UTC
TIOCSER_TEMT TMP_MAX TOSTOP TRAP_BRANCH TRAP_BRKPT TRAP_HWBKPT TRAP_TRACE TRAP_UNK TRUE TRY_AGAIN
TSS_DTOR_ITERATIONS TTYDEF_CFLAG TTYDEF_IFLAG TTYDEF_LFLAG TTYDEF_OFLAG TTYDEF_SPEED TTY_NAME_MAX
T_FMT T_FMT_AMPM UCHAR_MAX UCHAR_WIDTH UINT UINT16_C UINT16_MAX UINT16_WIDTH UINT32_C UINT32_MAX
UINT32_WIDTH UINT64_C UINT64_MAX UINT64_WIDTH UINT8_C UINT8_MAX UINT8_WIDTH UINTMAX_C UINTMAX_MAX
UINTMAX_WIDTH UINTPTR_MAX UINTPTR_WIDTH UINT_FAST16_MAX UINT_FAST16_WIDTH UINT_FAST32_MAX
UINT_FAST32_WIDTH UINT_FAST64_MAX UINT_FAST64_WIDTH UINT_FAST8_MAX UINT_FAST8_WIDTH UINT_LEAST16_MAX
UINT_LEAST16_WIDTH UINT_LEAST32_MAX UINT_LEAST32_WIDTH UINT_LEAST64_MAX UINT_LEAST64_WIDTH
UINT_LEAST8_MAX UINT_LEAST8_WIDTH UINT_MAX UINT_WIDTH UIO_MAXIOV ULLONG_MAX ULLONG_WIDTH
ULONG_LONG_MAX ULONG_MAX ULONG_WIDTH USHRT_MAX USHRT_WIDTH UTIME_NOW UTIME_OMIT VDISCARD VEOF VEOL
VEOL2 VERASE VINTR VKILL VLNEXT VMIN VOID VQUIT VREPRINT VSTART VSTOP VSUSP VSWTC VT0 VT1 VTDLY
VTIME VWERASE WAIT_ANY WAIT_MYPGRP WCHAR_MAX WCHAR_MIN WCHAR_WIDTH WCONTINUED WCOREDUMP WCOREFLAG
WEOF WEXITED WEXITSTATUS WIFCONTINUED WIFEXITED WIFSIGNALED WIFSTOPPED WIN32 WINAPI WINT_MAX
WINT_MIN WINT_WIDTH WNOHANG WNOWAIT WORD WORD_BIT WSTOPPED WSTOPSIG WTERMSIG WUNTRACED W_EXITCODE
W_OK W_STOPCODE XATTR_LIST_MAX XATTR_NAME_MAX XATTR_SIZE_MAX XCASE XTABS X_OK YES YESEXPR YESSTR
alignas alignof alloca and and_eq assert assert_perror atomic_compare_exchange_strong
atomic_compare_exchange_strong_explicit atomic_compare_exchange_weak
atomic_compare_exchange_weak_explicit atomic_exchange atomic_exchange_explicit atomic_fetch_add
atomic_fetch_add_explicit atomic_fetch_and atomic_fetch_and_explicit atomic_fetch_or
atomic_fetch_or_explicit atomic_fetch_sub atomic_fetch_sub_explicit atomic_fetch_xor
atomic_fetch_xor_explicit atomic_flag_clear atomic_flag_clear_explicit atomic_flag_test_and_set
atomic_flag_test_and_set_explicit atomic_init atomic_is_lock_free atomic_load atomic_load_explicit
atomic_signal_fence atomic_store atomic_store_explicit atomic_thread_fence basename be16toh be32toh
be64toh bitand bitor bool cdecl compl complex d_fileno environ errno false far fpclassify h_addr
h_errno htobe16 htobe32 htobe64 htole16 htole32 htole64 hyper i386 i486 i586 i686 ifa_broadaddr
ifa_dstaddr ifc_buf ifc_req ifr_addr ifr_bandwidth ifr_broadaddr ifr_data ifr_dstaddr ifr_flags
ifr_hwaddr ifr_ifindex ifr_map ifr_metric ifr_mtu ifr_name ifr_netmask ifr_newname ifr_qlen
ifr_slave imaginary interface isalnum isalnum_l isalpha isalpha_l isascii isascii_l isblank
isblank_l iscanonical iscntrl iscntrl_l isdigit isdigit_l iseqsig isfinite isgraph isgraph_l
isgreater isgreaterequal isinf isless islessequal islessgreater islower islower_l isnan isnormal
isprint isprint_l ispunct ispunct_l issignaling isspace isspace_l issubnormal isunordered isupper
isupper_l isxdigit isxdigit_l iszero kill_dependency le16toh le32toh le64toh linux math_errhandling
max min msg_cbytes near nil no_argument noreturn not not_eq offsetof optional_argument or or_eq
pascal pthread_cleanup_pop pthread_cleanup_pop_restore_np pthread_cleanup_push
pthread_cleanup_push_defer_np required_argument s6_addr s6_addr16 s6_addr32 sa_handler sa_sigaction
sched_priority setjmp si_addr si_addr_lsb si_arch si_band si_call_addr si_fd si_int si_lower
si_overrun si_pid si_pkey si_ptr si_status si_stime si_syscall si_timerid si_uid si_upper si_utime
si_value sigev_notify_attributes sigev_notify_function sigmask signbit sigsetjmp small st_atime
st_ctime st_mtime static_assert stderr stdin stdout strdupa strndupa thread_local timeradd
timerclear timercmp timerisset timersub toascii toascii_l true unix va_arg va_copy va_end va_start
xor xor_eq
)";

/// Headers that are included without a folder: <name>.h.
inline constexpr char headers[] = R"(
Availability AvailabilityMacros HalideRuntime TargetConditionals aio aliases alloca ar argp argz asl
assert backtrace byteswap cet complex conio copyfile cpio cpuid crtdbg ctype cxxabi dbghelp direct
dirent dlfcn elf endian envz err errno error execinfo fcntl features fenv float fmtmsg fnmatch fstab
fts ftw gconv gcov getopt glob grp gshadow hinge iconv ifaddrs initguid intrin inttypes io iso646
langinfo lastlog libgen libintl libproc limits link locale mach malloc math mcheck memory mm3dnow
mm_malloc mntent monetary mqueue netdb nl_types nlist notify nss objbase objc obstack ole2 omp
openacc paths poll printf proc_service process psapi pthread pty pwd quadmath quadmath_weak re_comp
regex regexp resolv sal sched search semaphore setjmp sgtty shadow share shellapi shlobj signal
spawn stab stdalign stdarg stdatomic stdbool stddef stdfix stdint stdio stdio_ext stdlib stdnoreturn
string strings syscall sysexits syslimits syslog tar tchar termio termios tgmath thread_db threads
time ttyent uchar ucontext ulimit unistd unwind utime utmp utmpx values varargs wait wchar wctype
winbase wincon windef windows windowsx winerror winnls winnt winreg winsock winsock2 winsvc winuser
winver wordexp ws2tcpip xmath yvals
)";

} // namespace hinge::hingec::reserved

/** A certificate for localhost that nobody trusts, and its key. It is for tests only. */
export const SELF_SIGNED = {
  key: [
    '-----BEGIN PRIVATE KEY-----',
    'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgK4jZg3tR2+ypBRQ5',
    'lqEwSeiPqqtq0rv4ECsVFyxCZSOhRANCAASuRYNq27yWWkazmJmPvK9DJm5Ju9gq',
    'kYo7pywBOPvNmi5VxUSTvilcLYJVYaUT+RCpwNqzzwS1USB8hJr9/YfV',
    '-----END PRIVATE KEY-----',
  ].join('\n'),
  cert: [
    '-----BEGIN CERTIFICATE-----',
    'MIIBmjCCAUGgAwIBAgIUFo6dR0/PSXty58wnvqWq1ypQyYUwCgYIKoZIzj0EAwIw',
    'FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyODAyNDYzOFoYDzIxMjYxMTA0',
    'MDI0NjM4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO',
    'PQMBBwNCAASuRYNq27yWWkazmJmPvK9DJm5Ju9gqkYo7pywBOPvNmi5VxUSTvilc',
    'LYJVYaUT+RCpwNqzzwS1USB8hJr9/YfVo28wbTAdBgNVHQ4EFgQU6vhkn82rOQyM',
    'dNPouVSM5my18XQwHwYDVR0jBBgwFoAU6vhkn82rOQyMdNPouVSM5my18XQwDwYD',
    'VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI',
    'zj0EAwIDRwAwRAIgE/uRbKS99fC98YZKVczFXvfCOQwuLgr7JyU4IZ0CkW0CIB7L',
    'WwhHhEGq/ha3t5LzvZhs3Fhbu2eG1LWT8gA2u7GM',
    '-----END CERTIFICATE-----',
  ].join('\n'),
};

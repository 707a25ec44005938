"""The GPIO back end `kernel`: sysfs PWM and the GPIO character device, owned by one small output process."""
